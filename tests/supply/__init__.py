"""What the tool is made of and arrives as: locked dependencies, their licences, the wheel."""
