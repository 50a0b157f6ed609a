package stablediffusion.peers;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;

/** How a library holds a value: as the published models do, pictures for convolutions in one layout, tokens for transformers in another. */
enum Layout {
    /** [batch, channels, height, width] */
    CHANNELS_FIRST(1),
    /** [batch, positions, channels] */
    CHANNELS_LAST(2);

    private final int channelAxis;

    Layout(int channelAxis) {
        this.channelAxis = channelAxis;
    }

    /** Which of {@link #dimensions} are the channels. */
    int channelAxis() {
        return channelAxis;
    }

    long[] dimensions(Shape shape) {
        return switch (this) {
            case CHANNELS_FIRST -> new long[] {shape.batch(), shape.channels(), shape.height(), shape.width()};
            case CHANNELS_LAST -> new long[] {shape.batch(), shape.positions(), shape.channels()};
        };
    }

    /** The numbers of a tensor in this layout. */
    float[] numbers(Tensor tensor) {
        return this == CHANNELS_FIRST ? tensor.toChannelsFirst() : tensor.values();
    }

    /** A tensor from its numbers in this layout. */
    Tensor tensor(Shape shape, float[] numbers) {
        return this == CHANNELS_FIRST ? Tensor.fromChannelsFirst(shape, numbers) : new Tensor(shape, numbers);
    }

    /** The layout of an input, as the first operation that reads it likes it. */
    static Layout of(Graph graph, Value input) {
        return graph.operations().stream()
                .filter(operation -> operation.inputs().contains(input))
                .findFirst()
                .map(Layout::of)
                .orElse(CHANNELS_LAST);
    }

    private static Layout of(Operation reader) {
        return switch (reader) {
            case Operation.Convolution _, Operation.GroupNorm _, Operation.Upsample _, Operation.AddBatchBias _, Operation.Concat _ ->
                CHANNELS_FIRST;
            case Operation.Linear _, Operation.LayerNorm _, Operation.Attention _, Operation.Geglu _, Operation.GatedLinear _,
                    Operation.Activate _, Operation.Add _, Operation.TimestepEmbedding _, Operation.TokenEmbedding _ -> CHANNELS_LAST;
        };
    }
}
