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
 * A file of reference values, read apart from the reader that the project has, so that it does not vouch for itself.
 *
 * @param tensors 32-bit floats by name, in the file's order
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
        if (!description.required("dtype").asString().equals("F32")) {
            throw new IllegalArgumentException("not a tensor of 32-bit floats: " + description);
        }
        int begin = description.required("data_offsets").get(0).asInt();
        int end = description.required("data_offsets").get(1).asInt();
        float[] values = new float[(end - begin) / Float.BYTES];
        for (int i = 0; i < values.length; i++) {
            values[i] = bytes.getFloat(start + begin + i * Float.BYTES);
        }
        List<Integer> shape = description.required("shape").valueStream().map(JsonNode::asInt).toList();
        return new TensorValues(shape, values);
    }
}
