-- Models with their card; copies of a model share one. Joined as whole sets: the tables have no index for one at a time.
CREATE OR REPLACE VIEW stack8s_first.models AS
SELECT model.model_id, model.pipeline_tag, model.license, model.downloads, model.likes, model.tags, card.card_text
FROM hf.models AS model
LEFT JOIN (
    SELECT DISTINCT ON (link.model_id) link.model_id, canon.card_text
    FROM hf.model_to_card AS link JOIN hf.card_canon AS canon USING (card_hash)
    ORDER BY link.model_id, canon.card_hash
) AS card ON card.model_id = model.model_id;
