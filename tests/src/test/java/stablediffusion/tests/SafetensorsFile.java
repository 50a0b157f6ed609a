package stablediffusion.tests;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a file of reference values, independently of the project's own reader, which is under test.
 *
 * @param tensors by name, in the file's order; whole numbers are small enough to be held as floats
 * @param metadata texts by name
 */
record SafetensorsFile(Map<String, TensorValues> tensors, Map<String, String> metadata) {

    record TensorValues(List<Integer> shape, float[] values) {}

    static SafetensorsFile read(Path file) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            int headerLength = Math.toIntExact(bytes.getLong(0));
            JsonNode header = JsonMapper.shared().readTree(new String(bytes.array(), 8, headerLength, StandardCharsets.UTF_8));
            Map<String, TensorValues> tensors = new LinkedHashMap<>();
            Map<String, String> metadata = new LinkedHashMap<>();
            header.properties().forEach(entry -> {
                if (entry.getKey().equals("__metadata__")) {
                    entry.getValue().properties().forEach(text -> metadata.put(text.getKey(), text.getValue().asString()));
                } else {
                    tensors.put(entry.getKey(), tensor(entry.getValue(), bytes, 8 + headerLength));
                }
            });
            return new SafetensorsFile(tensors, metadata);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TensorValues tensor(JsonNode description, ByteBuffer bytes, int start) {
        List<Integer> shape = description.required("shape").valueStream().map(JsonNode::asInt).toList();
        float[] values = new float[shape.stream().reduce(1, Math::multiplyExact)];
        String type = description.required("dtype").asString();
        int begin = start + description.required("data_offsets").get(0).asInt();
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (type) {
                case "F32" -> bytes.getFloat(begin + i * Float.BYTES);
                case "I64" -> bytes.getLong(begin + i * Long.BYTES);
                case "U8" -> bytes.get(begin + i) & 0xFF;
                default -> throw new IllegalArgumentException("numbers of type " + type + ": " + description);
            };
        }
        return new TensorValues(shape, values);
    }
}
