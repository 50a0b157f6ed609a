package stablediffusion.bench.peers;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A network of one node as an ONNX file, whose weights are inputs: the few fields of onnx.proto3 that this takes, in the wire format of
 * Protocol Buffers.
 */
final class OnnxModel {
    private static final int IR_VERSION = 8;
    private static final int OPERATORS = 17;
    private static final int FLOAT = 1;
    private static final int LENGTH_DELIMITED = 2;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private OnnxModel() {}

    /** A node's attribute: whole numbers, or one float. */
    record Attribute(String name, List<Long> integers, float number) {
        static Attribute of(String name, Long... integers) {
            return new Attribute(name, List.of(integers), 0);
        }

        static Attribute of(String name, float number) {
            return new Attribute(name, List.of(), number);
        }
    }

    static byte[] of(String operator, List<String> inputs, String output, List<Attribute> attributes) {
        OnnxModel node = new OnnxModel();
        inputs.forEach(input -> node.text(1, input));
        node.text(2, output).text(4, operator);
        attributes.forEach(attribute -> node.message(5, attribute(attribute)));
        OnnxModel graph = new OnnxModel().message(1, node).text(2, "one");
        inputs.forEach(input -> graph.message(11, value(input)));
        graph.message(12, value(output));
        OnnxModel version = new OnnxModel().number(2, OPERATORS);
        return new OnnxModel().number(1, IR_VERSION).message(7, graph).message(8, version).bytes.toByteArray();
    }

    /** A tensor of floats of any shape. */
    private static OnnxModel value(String name) {
        OnnxModel type = new OnnxModel().message(1, new OnnxModel().number(1, FLOAT));
        return new OnnxModel().text(1, name).message(2, type);
    }

    private static OnnxModel attribute(Attribute attribute) {
        OnnxModel message = new OnnxModel().text(1, attribute.name);
        if (attribute.integers.isEmpty()) {
            message.varint(2 << 3 | 5);
            int bits = Float.floatToIntBits(attribute.number);
            for (int i = 0; i < 4; i++) {
                message.bytes.write(bits >>> 8 * i);
            }
            return message.number(20, 1);
        }
        attribute.integers.forEach(integer -> message.number(8, integer));
        return message.number(20, 7);
    }

    private OnnxModel number(int field, long value) {
        varint((long) field << 3);
        varint(value);
        return this;
    }

    private OnnxModel text(int field, String text) {
        return block(field, text.getBytes(StandardCharsets.UTF_8));
    }

    private OnnxModel message(int field, OnnxModel message) {
        return block(field, message.bytes.toByteArray());
    }

    private OnnxModel block(int field, byte[] content) {
        varint((long) field << 3 | LENGTH_DELIMITED);
        varint(content.length);
        bytes.writeBytes(content);
        return this;
    }

    private void varint(long value) {
        long rest = value;
        while (rest > 127) {
            bytes.write((int) (rest & 127 | 128));
            rest >>>= 7;
        }
        bytes.write((int) rest);
    }
}
