DROP TABLE lookup_misses, clients, users, agencies;
