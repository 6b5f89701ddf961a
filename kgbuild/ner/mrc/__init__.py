"""Tagging as reading comprehension: a text, a query, where answers begin and end.

Source: Sun et al. 2021, "Biomedical named entity recognition using BERT in the machine
reading comprehension framework".
"""
