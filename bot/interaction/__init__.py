"""What commands share: names and figures as people type them, replies, pages, buttons, permissions."""
