"""What holds for every policy, app and request, tried with inputs that Hypothesis makes up."""
