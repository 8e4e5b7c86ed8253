"""Models made from models: export today; distilling, pruning and quantising later."""
