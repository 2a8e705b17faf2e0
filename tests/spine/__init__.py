"""The whole way of the data, from workbooks to publications, through the command line."""
