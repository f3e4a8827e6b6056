"""Questions about plans that stand: what is asked, what a right reply holds, and what no reply may do."""
