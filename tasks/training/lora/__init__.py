"""A LoRA of one persona on one base: which weights, on which device, trained so that a kill changes nothing."""
