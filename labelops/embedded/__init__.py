"""The embedded runtime: real servers from Python wheels and the product's processes under one supervisor.

Plain Python, no Django: these modules run before settings can be imported. Only `preparation` and
`sandbox_accounts`, which run in processes of their own, set Django up.
"""
