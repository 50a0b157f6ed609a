package stablediffusion.server.http;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;

/** Reads and writes JSON. */
public final class Json {
    private static final int DEEPEST = 50;
    private static final int LONGEST_NUMBER = 100;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNestingDepth(DEEPEST)
                    .maxNumberLength(LONGEST_NUMBER)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build()).build();

    private Json() {}

    /**
     * Reads an object; an empty text is an empty object.
     *
     * @throws HttpFailure if it is none
     */
    public static ObjectNode object(byte[] text) {
        if (text.length == 0) {
            return MAPPER.createObjectNode();
        }
        try {
            JsonNode node = MAPPER.readTree(text);
            if (node instanceof ObjectNode object) {
                return object;
            }
            throw HttpFailure.ofField("body", "value is not a valid dict", "type_error.dict");
        } catch (JacksonException broken) {
            throw HttpFailure.ofField("body", "this is no JSON: " + broken.getOriginalMessage(), "value_error.jsondecode");
        }
    }

    /** Returns an empty object, to be filled. */
    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** Writes maps, lists, records and plain values. */
    public static String text(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    static byte[] bytes(Object value) {
        return text(value).getBytes(StandardCharsets.UTF_8);
    }
}
