"""What is wrong for a while: remembered, told to the operator, shown in `/status`."""
