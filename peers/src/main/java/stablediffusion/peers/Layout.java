package stablediffusion.peers;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;

/** Names the layouts in which a library holds values, as the published models do: one for convolutions, another for transformers. */
enum Layout {
    /** Pictures for convolutions: [batch, channels, height, width]. */
    CHANNELS_FIRST(1),
    /** Tokens for transformers: [batch, positions, channels]. */
    CHANNELS_LAST(2);

    private final int channelAxis;

    Layout(int channelAxis) {
        this.channelAxis = channelAxis;
    }

    /** Returns the index of the channels in {@link #dimensions}. */
    int channelAxis() {
        return channelAxis;
    }

    long[] dimensions(Shape shape) {
        return switch (this) {
            case CHANNELS_FIRST -> new long[] {shape.batch(), shape.channels(), shape.height(), shape.width()};
            case CHANNELS_LAST -> new long[] {shape.batch(), shape.positions(), shape.channels()};
        };
    }

    /** Returns the numbers of a tensor in this layout. */
    float[] numbers(Tensor tensor) {
        return this == CHANNELS_FIRST ? tensor.toChannelsFirst() : tensor.values();
    }

    /** Returns a tensor from its numbers in this layout. */
    Tensor tensor(Shape shape, float[] numbers) {
        return this == CHANNELS_FIRST ? Tensor.fromChannelsFirst(shape, numbers) : new Tensor(shape, numbers);
    }

    /** Returns the layout that the first reader of an input uses. */
    static Layout of(Graph graph, Value input) {
        return graph.operations().stream()
                .filter(operation -> operation.inputs().contains(input))
                .findFirst()
                .map(Layout::of)
                .orElse(CHANNELS_LAST);
    }

    private static Layout of(Operation reader) {
        return switch (reader) {
            // @formatter:off
            case Operation.Convolution _, Operation.GroupNorm _, Operation.Upsample _, Operation.AddBatchBias _, Operation.Concat _ ->
                CHANNELS_FIRST;
            case Operation.Linear _, Operation.LayerNorm _, Operation.Attention _, Operation.Geglu _, Operation.GatedLinear _,
                    Operation.Activate _, Operation.Add _, Operation.TimestepEmbedding _, Operation.TokenEmbedding _ -> CHANNELS_LAST;
            // @formatter:on
        };
    }
}
