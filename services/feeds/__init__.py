"""Where killmails come from: the live feed R2Z2 and EVE Ref's archives. They yield; storing is not their business."""
