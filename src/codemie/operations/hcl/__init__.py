"""What do the files of Terraform say?

`parser.read` makes blocks and expressions of a file's text, each with its line; `evaluation.value_of` computes an
expression. It is the part of Terraform's language that variables, their rules and their values are written in: enough
to judge values by the rules of a stack where no Terraform is installed, in milliseconds.
"""
