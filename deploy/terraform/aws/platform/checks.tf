# What is allowed, and is told all the same.

check "not_open_to_everybody" {
  assert {
    condition     = !contains(concat(var.allowed_cidrs, coalesce(var.nats_allowed_cidrs, [])), "0.0.0.0/0")
    error_message = "allowed_cidrs or nats_allowed_cidrs hold 0.0.0.0/0: everybody on the internet reaches the sign-in page or the plugin engine. Name your networks if you can."
  }
}
