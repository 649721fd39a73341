"""Features, rules and the deal estimate: what makes a property a lead, and how good a one."""
