"""The pages that a desk works with: lists to screen and the inbox, over a broker and a store of their own."""
