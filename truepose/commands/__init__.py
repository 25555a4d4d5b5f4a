"""The commands of `python -m truepose`: their options, and what each runs."""
