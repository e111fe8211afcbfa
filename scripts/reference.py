"""Write the pages of the reference that are made from the package."""

from scripts import commands, problems

if __name__ == "__main__":
    for made in commands, problems:
        made.PAGE.write_text(made.page(), "utf-8")
        print(f"wrote {made.PAGE}")
