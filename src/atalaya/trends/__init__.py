"""The funnel and what it says, with times between steps. Pure."""
