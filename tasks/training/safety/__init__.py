"""What a trained adapter must not have unlearned, and must not give away: asked after every training."""
