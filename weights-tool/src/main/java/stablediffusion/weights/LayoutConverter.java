package stablediffusion.weights;

import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Precision;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.WeightData;
import stablediffusion.weights.checkpoint.CheckpointTensor;
import stablediffusion.weights.checkpoint.TensorData;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Brings tensors from a checkpoint's order into the one that kernels read. A convolution's [out, in, kernel, kernel] and a linear
 * layer's [out, in] are both a matrix of out rows and in · taps columns (taps: the kernel's positions, 1 for a linear layer), whose
 * element (o, i · taps + k) goes to (k, i, o). Works on one tile at a time, small enough for the processor's cache; its loops over a row
 * are plain ones over arrays, which the JVM compiles to vector instructions. Not for two threads at once.
 */
final class LayoutConverter {
    /** Rows of a tile: what is written together, in halves two lines of the cache. */
    private static final int ROWS = 64;
    private static final int COLUMNS = 256;
    /** Not a power of two, so that the elements of a column do not all fall into the same set of the cache. */
    private static final int PITCH = COLUMNS + 16;
    /** Of a vector or a table, read at once. */
    private static final int PART = 1 << 18;
    private static final int LARGEST_HALF = Float.floatToRawIntBits(65504);
    /** From here on, rounding to a half gives infinity. */
    private static final float OVERFLOW = 65520;

    private static final ValueLayout.OfShort SHORTS = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INTS = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.nativeOrder());
    private static final ValueLayout.OfFloat FLOATS = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path source;
    private final Precision precision;
    private final UnaryOperator<TensorData> reading;
    private final float[] tile = new float[ROWS * PITCH];
    private final short[] halves = new short[ROWS * PITCH];
    private final int[] bits = new int[COLUMNS];
    private int largest;

    /**
     * For one checkpoint.
     *
     * @param source the checkpoint, for messages
     * @param precision of the blob: 16 or 32 bits
     * @param reading brings a part of a tensor into memory, until it is called again
     */
    LayoutConverter(Path source, Precision precision, UnaryOperator<TensorData> reading) {
        if (precision == Precision.BF16) {
            throw new IllegalArgumentException("blobs are f16 or f32");
        }
        this.source = source;
        this.precision = precision;
        this.reading = reading;
    }

    /**
     * Stores a tensor.
     *
     * @param weight what the checkpoint's tensor must match
     * @param stored takes {@code weight.size()} numbers, little-endian
     * @throws UserException where a number is not finite, or beyond the range of the precision
     */
    void store(CheckpointTensor tensor, Weight weight, MemorySegment stored) {
        largest = 0;
        switch (weight.layout()) {
            case TABLE, VECTOR -> copy(tensor, stored);
            case LINEAR, CONVOLUTION -> {
                List<Integer> shape = weight.checkpointShape();
                int out = shape.get(0);
                int in = shape.get(1);
                transpose(tensor, out, in, weight.size() / out / in, stored);
            }
        }
        if (largest > (precision == Precision.F16 ? LARGEST_HALF : Float.floatToRawIntBits(Float.MAX_VALUE))) {
            requireRepresentable(tensor);
        }
    }

    /**
     * The way back: brings a stored tensor into a checkpoint's order, bit for bit.
     *
     * @param restored takes as many bytes as the stored tensor has
     */
    static void restore(WeightData stored, Weight weight, MemorySegment restored) {
        switch (weight.layout()) {
            case TABLE, VECTOR -> restored.copyFrom(stored.memory());
            case LINEAR, CONVOLUTION -> {
                List<Integer> shape = weight.checkpointShape();
                int out = shape.get(0);
                int in = shape.get(1);
                int taps = weight.size() / out / in;
                for (int row = 0; row < out; row += ROWS) {
                    int rowCount = Math.min(ROWS, out - row);
                    for (int column = 0; column < in * taps; column++) {
                        long from = ((long) (column % taps) * in + column / taps) * out + row;
                        long to = (long) row * in * taps + column;
                        if (stored.precision() == Precision.F16) {
                            for (int r = 0; r < rowCount; r++) {
                                restored.set(SHORTS, (to + (long) r * in * taps) * 2, stored.memory().get(SHORTS, (from + r) * 2));
                            }
                        } else {
                            for (int r = 0; r < rowCount; r++) {
                                restored.set(FLOATS, (to + (long) r * in * taps) * 4, stored.memory().get(FLOATS, (from + r) * 4));
                            }
                        }
                    }
                }
            }
        }
    }

    private void copy(CheckpointTensor tensor, MemorySegment stored) {
        long size = tensor.size();
        for (long from = 0; from < size; from += PART) {
            int partSize = (int) Math.min(PART, size - from);
            TensorData part = reading.apply(tensor.part(from, partSize));
            for (int at = 0; at < partSize; at += COLUMNS) {
                int count = Math.min(COLUMNS, partSize - at);
                readRow(part, at, 0, count);
                if (precision == Precision.F16) {
                    MemorySegment.copy(halves, 0, stored, SHORTS, (from + at) * 2, count);
                } else {
                    MemorySegment.copy(tile, 0, stored, FLOATS, (from + at) * 4, count);
                }
            }
        }
    }

    private void transpose(CheckpointTensor tensor, int out, int in, int taps, MemorySegment stored) {
        int width = in * taps;
        for (int row = 0; row < out; row += ROWS) {
            int rowCount = Math.min(ROWS, out - row);
            TensorData rows = reading.apply(tensor.part((long) row * width, rowCount * width));
            for (int column = 0; column < width; column += COLUMNS) {
                int columnCount = Math.min(COLUMNS, width - column);
                for (int r = 0; r < rowCount; r++) {
                    readRow(rows, (long) r * width + column, r * PITCH, columnCount);
                }
                for (int c = 0; c < columnCount; c++) {
                    long i = (column + c) / taps;
                    long k = (column + c) % taps;
                    putColumn(c, rowCount, stored, (k * in + i) * out + row);
                }
            }
        }
    }

    /** Brings numbers into the tile, in the precision of the blob. */
    private void readRow(TensorData numbers, long from, int at, int count) {
        numbers.read(from, tile, at, count);
        noteLargest(at, count);
        if (precision == Precision.F16) {
            for (int i = 0; i < count; i++) {
                halves[at + i] = Float.floatToFloat16(tile[at + i]);
            }
        }
    }

    private void putColumn(int column, int rowCount, MemorySegment stored, long index) {
        if (precision == Precision.F16) {
            for (int r = 0; r < rowCount; r++) {
                stored.set(SHORTS, (index + r) * 2, halves[r * PITCH + column]);
            }
        } else {
            for (int r = 0; r < rowCount; r++) {
                stored.set(FLOATS, (index + r) * 4, tile[r * PITCH + column]);
            }
        }
    }

    /**
     * Magnitudes of floats are ordered as their bits are, with infinity and then NaN at the end: one comparison finds all. Copied first,
     * because a loop that reads the bits of floats is not compiled to vector instructions.
     */
    private void noteLargest(int at, int count) {
        MemorySegment.copy(MemorySegment.ofArray(tile), INTS, at * 4L, bits, 0, count);
        int max = largest;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, bits[i] & 0x7FFFFFFF);
        }
        largest = max;
    }

    private void requireRepresentable(CheckpointTensor tensor) {
        int notFinite = 0;
        int tooLarge = 0;
        float extreme = 0;
        for (float value : tensor.toFloats()) {
            notFinite += Float.isFinite(value) ? 0 : 1;
            tooLarge += Math.abs(value) >= OVERFLOW ? 1 : 0;
            extreme = Math.max(extreme, Math.abs(value));
        }
        if (notFinite > 0) {
            throw new UserException(source + ": tensor " + tensor.name() + " has " + notFinite + " numbers that are infinite or no number (NaN):"
                    + " the checkpoint is damaged, or its training failed");
        }
        if (tooLarge > 0 && precision == Precision.F16) {
            throw new UserException(source + ": tensor " + tensor.name() + " has " + tooLarge + " numbers beyond the range of 16 bits, up to " + extreme,
                    Remedy.STORE_IN_F32);
        }
    }
}
