"""What did the people who run this installation change about it, without a restart?

Holds named values (``/v1/dynamic-config``) and the components clients ask for (``/v1/config``): what the customer's
file says, overridden by what administrators save. Other rooms read through ``runtime.Configuration``.
"""
