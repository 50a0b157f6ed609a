package stablediffusion.peers;

import java.util.List;
import java.util.stream.LongStream;

/**
 * Writes an ONNX model node by node, with the few fields of onnx.proto3 that it needs. Weights are declared as external data; whoever opens
 * the model supplies them.
 */
final class OnnxModel {
    private static final int IR_VERSION = 10;
    private static final int OPERATORS = 21;
    /** The domain of the operators that ONNX Runtime adds to the standard. */
    private static final String MICROSOFT = "com.microsoft";
    private static final int EXTERNAL = 1;

    private final ProtocolBuffer graph = new ProtocolBuffer();
    private int variables;

    /** Names the types of elements by their numbers in ONNX. */
    private enum Type {
        FLOAT(1),
        INT64(7);

        private final int number;

        Type(int number) {
            this.number = number;
        }
    }

    /** Holds a parameter of a node. */
    sealed interface Attribute {
        record Fraction(String name, float value) implements Attribute {}

        record Whole(String name, long value) implements Attribute {}

        record Wholes(String name, long... values) implements Attribute {}

        record Text(String name, String value) implements Attribute {}
    }

    OnnxModel(String name) {
        graph.text(2, name);
    }

    /** Adds a node with one output and returns the output's name. */
    String node(String operator, List<String> inputs, Attribute... attributes) {
        return nodes(operator, inputs, 1, attributes).getFirst();
    }

    /** Adds a node with several outputs and returns their names. */
    List<String> nodes(String operator, List<String> inputs, int outputs, Attribute... attributes) {
        return node(operator, "", inputs, outputs, attributes);
    }

    /** Adds a node of an operator that only ONNX Runtime has. */
    String microsoftNode(String operator, List<String> inputs, Attribute... attributes) {
        return node(operator, MICROSOFT, inputs, 1, attributes).getFirst();
    }

    private List<String> node(String operator, String domain, List<String> inputs, int outputs, Attribute... attributes) {
        ProtocolBuffer node = new ProtocolBuffer();
        inputs.forEach(input -> node.text(1, input));
        List<String> names = LongStream.range(0, outputs).mapToObj(_ -> variable()).toList();
        names.forEach(name -> node.text(2, name));
        node.text(3, names.getFirst()).text(4, operator).text(7, domain);
        for (Attribute attribute : attributes) {
            node.message(5, message(attribute));
        }
        graph.message(1, node);
        return names;
    }

    private static ProtocolBuffer message(Attribute attribute) {
        ProtocolBuffer message = new ProtocolBuffer();
        switch (attribute) {
            case Attribute.Fraction(String name, float value) -> message.text(1, name).number(2, value).number(20, 1);
            case Attribute.Whole(String name, long value) -> message.text(1, name).number(3, value).number(20, 2);
            case Attribute.Text(String name, String value) -> message.text(1, name).text(4, value).number(20, 3);
            case Attribute.Wholes(String name, long[] values) -> {
                message.text(1, name).number(20, 7);
                for (long value : values) {
                    message.number(8, value);
                }
            }
        }
        return message;
    }

    String wholes(long... values) {
        ProtocolBuffer tensor = tensor(Type.INT64, values.length);
        for (long value : values) {
            tensor.number(7, value);
        }
        return initializer(tensor);
    }

    String fractions(float... values) {
        ProtocolBuffer tensor = tensor(Type.FLOAT, values.length);
        for (float value : values) {
            tensor.number(4, value);
        }
        return initializer(tensor);
    }

    /** Declares a tensor of floats that is supplied when the model is opened. */
    void external(String name, long... dimensions) {
        ProtocolBuffer location = new ProtocolBuffer().text(1, "location").text(2, name);
        graph.message(5, tensor(Type.FLOAT, dimensions).text(8, name).message(13, location).number(14, EXTERNAL));
    }

    private String initializer(ProtocolBuffer tensor) {
        String name = variable();
        graph.message(5, tensor.text(8, name));
        return name;
    }

    private static ProtocolBuffer tensor(Type type, long... dimensions) {
        ProtocolBuffer tensor = new ProtocolBuffer();
        for (long dimension : dimensions) {
            tensor.number(1, dimension);
        }
        return tensor.number(2, type.number);
    }

    void input(String name, long... dimensions) {
        graph.message(11, floats(name, dimensions));
    }

    void output(String name, long... dimensions) {
        graph.message(12, floats(name, dimensions));
    }

    private static ProtocolBuffer floats(String name, long... dimensions) {
        ProtocolBuffer shape = new ProtocolBuffer();
        for (long dimension : dimensions) {
            shape.message(1, new ProtocolBuffer().number(1, dimension));
        }
        ProtocolBuffer type = new ProtocolBuffer().number(1, Type.FLOAT.number).message(2, shape);
        return new ProtocolBuffer().text(1, name).message(2, new ProtocolBuffer().message(1, type));
    }

    private String variable() {
        return "v" + variables++;
    }

    byte[] toBytes() {
        return new ProtocolBuffer()
                .number(1, IR_VERSION)
                .message(7, graph)
                .message(8, new ProtocolBuffer().text(1, "").number(2, OPERATORS))
                .message(8, new ProtocolBuffer().text(1, MICROSOFT).number(2, 1))
                .toBytes();
    }
}
