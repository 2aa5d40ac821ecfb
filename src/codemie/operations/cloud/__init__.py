"""Is what the stack made in the cloud still as the platform needs it?

`codemiectl doctor --cloud` asks. A check takes `made.Made`: what the stack made, found by the names and tags that the
stack gives, as it is now. `aws.Aws` is the way to an account, which `operations.preflight` goes, too.
"""
