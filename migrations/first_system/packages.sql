-- Helm charts, as their repositories list them.
CREATE OR REPLACE VIEW stack8s_first.packages AS
SELECT id, name, version, description, category, official, stars, keywords, repository
FROM cloud.bitnami_packages;
