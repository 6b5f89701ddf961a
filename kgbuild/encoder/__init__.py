"""The small transformer that the tagger and the name encoder share."""
