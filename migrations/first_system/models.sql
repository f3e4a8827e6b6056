-- Models with their card; copies of a model share one.
CREATE OR REPLACE VIEW stack8s_first.models AS
SELECT model.model_id, model.pipeline_tag, model.license, model.downloads, model.likes, model.tags, card.card_text
FROM hf.models AS model
LEFT JOIN LATERAL (
    SELECT canon.card_text
    FROM hf.model_to_card AS link JOIN hf.card_canon AS canon USING (card_hash)
    WHERE link.model_id = model.model_id
    ORDER BY canon.card_hash
    LIMIT 1
) AS card ON true;
