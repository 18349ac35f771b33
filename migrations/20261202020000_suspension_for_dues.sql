-- How many days after its due day a bill that is not paid suspends the services of its customer; none suspends nobody.
ALTER TABLE providers ADD COLUMN grace_days smallint CHECK (grace_days BETWEEN 0 AND 90);
