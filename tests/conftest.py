"""How hard properties are tried: briefly and always alike, or at length and each time anew."""

from hypothesis import HealthCheck, settings

# How long a test takes says nothing about it on a machine that has other work.
_untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)

settings.register_profile("quick", _untimed, derandomize=True, max_examples=40)
settings.register_profile("fuzz", _untimed, max_examples=250)  # in each round of `make fuzz`
settings.load_profile("quick")
