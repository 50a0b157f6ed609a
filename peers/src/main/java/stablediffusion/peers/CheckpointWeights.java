package stablediffusion.peers;

import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.Weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Copies weights in 32 bits outside the heap, where libraries read them until this is closed. */
final class CheckpointWeights implements AutoCloseable {
    /** The number of outputs that are transposed together: the floats of a cache line. */
    private static final int LINE = 16;

    private final Weights weights;
    private final Arena arena = Arena.ofShared();
    private final ForkJoinPool pool;

    /** @param threads the number of threads that transpose weights */
    CheckpointWeights(Weights weights, int threads) {
        this.weights = weights;
        this.pool = new ForkJoinPool(threads);
    }

    /** Returns a weight in the layout of {@link Weight#shape()}. */
    ByteBuffer stored(Weight weight) {
        return buffer(read(weight), arena);
    }

    /** Returns a weight in the layout of {@link Weight#checkpointShape()}: outputs, inputs, then the kernel's height and width. */
    ByteBuffer published(Weight weight) {
        return switch (weight.layout()) {
            case TABLE, VECTOR -> stored(weight);
            case LINEAR, CONVOLUTION -> {
                List<Integer> shape = weight.shape();
                int out = shape.getLast();
                int in = shape.get(shape.size() - 2);
                yield buffer(transposed(read(weight), in, out), arena);
            }
        };
    }

    /**
     * Returns a weight with its inputs last: outputs, the kernel's height and width, then inputs.
     *
     * @param memory what the numbers are copied to, instead of what this holds
     */
    ByteBuffer inputsLast(Weight weight, Arena memory) {
        float[] stored = read(weight);
        return switch (weight.layout()) {
            case TABLE, VECTOR -> buffer(stored, memory);
            case LINEAR, CONVOLUTION -> {
                int out = weight.shape().getLast();
                yield buffer(transposed(stored, stored.length / out, out), memory);
            }
        };
    }

    private float[] read(Weight weight) {
        try (Arena mapped = Arena.ofConfined()) {
            return weights.read(weight, mapped).toFloats();
        }
    }

    private float[] transposed(float[] stored, int in, int out) {
        int taps = stored.length / (in * out);
        float[] published = new float[stored.length];
        inParallel(Math.ceilDiv(out, LINE), line -> {
            int end = Math.min(out, (line + 1) * LINE);
            for (int i = 0; i < in; i++) {
                for (int tap = 0; tap < taps; tap++) {
                    for (int o = line * LINE; o < end; o++) {
                        published[(o * in + i) * taps + tap] = stored[(tap * in + i) * out + o];
                    }
                }
            }
        });
        return published;
    }

    /** Runs a loop in the threads of the pool: a parallel stream uses the pool of the task that starts it. */
    private void inParallel(int count, IntConsumer body) {
        pool.submit(() -> IntStream.range(0, count).parallel().forEach(body)).join();
    }

    private static ByteBuffer buffer(float[] numbers, Arena memory) {
        MemorySegment copy = memory.allocate(ValueLayout.JAVA_FLOAT.byteSize() * numbers.length, 64);
        copy.copyFrom(MemorySegment.ofArray(numbers));
        return copy.asByteBuffer().order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() {
        pool.close();
        arena.close();
    }
}
