package stablediffusion.model.tiles;

import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Operation.Activate;
import stablediffusion.model.graph.Operation.Add;
import stablediffusion.model.graph.Operation.AddBatchBias;
import stablediffusion.model.graph.Operation.Attention;
import stablediffusion.model.graph.Operation.Concat;
import stablediffusion.model.graph.Operation.Convolution;
import stablediffusion.model.graph.Operation.GatedLinear;
import stablediffusion.model.graph.Operation.Geglu;
import stablediffusion.model.graph.Operation.GroupNorm;
import stablediffusion.model.graph.Operation.LayerNorm;
import stablediffusion.model.graph.Operation.Linear;
import stablediffusion.model.graph.Operation.TimestepEmbedding;
import stablediffusion.model.graph.Operation.TokenEmbedding;
import stablediffusion.model.graph.Operation.Upsample;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes a stage a graph of its own, for tiles of one size. */
final class TileGraph {
    private final Shape picture;
    private final int height;
    private final int width;
    private final Map<Value, Value> inputs = new HashMap<>();

    private TileGraph(Shape picture, int height, int width) {
        this.picture = picture;
        this.height = height;
        this.width = width;
    }

    /** Returns the name of the input that stands for {@code stage.inputs().get(index)}. */
    static String inputName(int index) {
        return "input " + index;
    }

    /**
     * Makes the graph.
     *
     * @param network its name, for the name of the graph
     * @param height height of the tiles, in pixels of the stage's input
     * @param width width of the tiles, in pixels of the stage's input
     */
    static Graph of(String network, Stage stage, int height, int width) {
        TileGraph tile = new TileGraph(stage.inputShape(), height, width);
        for (int i = 0; i < stage.inputs().size(); i++) {
            Value value = stage.inputs().get(i).value();
            tile.inputs.put(value, new Value(value.id(), inputName(i), tile.resized(value.shape())));
        }
        List<Operation> operations = stage.operations().stream().map(tile::resized).toList();
        List<Value> inputs = stage.inputs().stream().map(input -> tile.inputs.get(input.value())).toList();
        return new Graph(network + ", " + stage.output().name(), inputs, operations, tile.resized(stage.output()));
    }

    private Operation resized(Operation operation) {
        Value output = resized(operation.output());
        return switch (operation) {
            case Convolution old -> new Convolution(
                    resized(old.input()), old.weight(), old.bias(), old.stride(), old.padding(), old.upsample(), old.epilogue(), output);
            case Linear old -> new Linear(resized(old.input()), old.weight(), old.bias(), old.epilogue(), output);
            case Activate old -> new Activate(resized(old.input()), old.activation(), output);
            case Add old -> new Add(resized(old.left()), resized(old.right()), output);
            case Upsample old -> new Upsample(resized(old.input()), output);
            case Attention old ->
                    new Attention(resized(old.query()), resized(old.key()), resized(old.value()), old.heads(), old.causal(), output);
            // Listed one by one, so that a new operation does not compile before this is decided for it.
            // @formatter:off
            case GroupNorm _,
                    LayerNorm _,
                    Geglu _,
                    GatedLinear _,
                    AddBatchBias _,
                    Concat _,
                    TimestepEmbedding _,
                    TokenEmbedding _ ->
                throw new IllegalArgumentException("no tiles of " + operation);
            // @formatter:on
        };
    }

    private Value resized(Value value) {
        Value input = inputs.get(value);
        return input != null ? input : new Value(value.id(), value.name(), resized(value.shape()));
    }

    private Shape resized(Shape shape) {
        return new Shape(
                shape.batch(),
                shape.height() * height / picture.height(),
                shape.width() * width / picture.width(),
                shape.channels());
    }
}
