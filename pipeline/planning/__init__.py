"""The visit plan from stores to workbooks; what is planned, and how, is decided in audits."""
