"""Which blocks are the article: features, the learned block model, the decision, its confidence and its reasons."""
