"""Read the results: tiers, leads, one lead with everything behind it, rejected records."""
