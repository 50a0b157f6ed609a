package stablediffusion.weights;

import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
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
 * Converts tensors from the layout of checkpoints to that of the kernels. A convolution's [out, in, kernel, kernel] and a linear layer's
 * [out, in] are both a matrix of out rows and in · taps columns (taps: the positions of the kernel, 1 for a linear layer), whose element
 * (o, i · taps + k) is moved to (k, i, o). The matrix is transposed in blocks that fit into the processor's cache; the loops over a row are
 * simple loops over arrays, which the JVM compiles to vector instructions. Not thread-safe.
 */
final class LayoutConverter {
    /** Rows of a block, which are written together: in fp16, two cache lines. */
    private static final int ROWS = 64;
    /** Columns of a block. */
    private static final int COLUMNS = 256;
    /** Row pitch of the buffers: not a power of two, so that the elements of a column are not all in the same cache set. */
    private static final int PITCH = COLUMNS + 16;
    /** Elements of a vector or a table that are read at once. */
    private static final int PART = 1 << 18;
    private static final int MAX_FP16_BITS = Float.floatToRawIntBits(65504);
    /** Smallest magnitude that is rounded to infinity in fp16. */
    private static final float OVERFLOW = 65520;

    private static final ValueLayout.OfShort SHORTS = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INTS = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.nativeOrder());
    private static final ValueLayout.OfFloat FLOATS = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path source;
    private final Precision precision;
    private final UnaryOperator<TensorData> reader;
    private final float[] block = new float[ROWS * PITCH];
    private final short[] fp16 = new short[ROWS * PITCH];
    private final int[] bits = new int[COLUMNS];
    private int largest;

    /**
     * Converts tensors of one checkpoint.
     *
     * @param source file of the checkpoint, for messages
     * @param precision precision of the blob, fp16 or fp32
     * @param reader reads a part of a tensor into memory that is valid until the next call
     */
    LayoutConverter(Path source, Precision precision, UnaryOperator<TensorData> reader) {
        if (precision == Precision.BF16) {
            throw new IllegalArgumentException("blobs are f16 or f32");
        }
        this.source = source;
        this.precision = precision;
        this.reader = reader;
    }

    /**
     * Converts a tensor to the layout and precision of the blob.
     *
     * @param weight weight with the shape of the tensor
     * @param stored memory that receives {@code weight.size()} numbers, little-endian
     * @throws UserException if a number is not finite, or is out of the range of the precision
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
        if (largest > (precision == Precision.F16 ? MAX_FP16_BITS : Float.floatToRawIntBits(Float.MAX_VALUE))) {
            requireRepresentable(tensor);
        }
    }

    /**
     * Converts a stored tensor back to the layout of a checkpoint, bit for bit.
     *
     * @param restored memory of the size of the stored tensor that receives the result
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
            TensorData part = reader.apply(tensor.part(from, partSize));
            for (int at = 0; at < partSize; at += COLUMNS) {
                int count = Math.min(COLUMNS, partSize - at);
                readRow(part, at, 0, count);
                if (precision == Precision.F16) {
                    MemorySegment.copy(fp16, 0, stored, SHORTS, (from + at) * 2, count);
                } else {
                    MemorySegment.copy(block, 0, stored, FLOATS, (from + at) * 4, count);
                }
            }
        }
    }

    private void transpose(CheckpointTensor tensor, int out, int in, int taps, MemorySegment stored) {
        int width = in * taps;
        for (int row = 0; row < out; row += ROWS) {
            int rowCount = Math.min(ROWS, out - row);
            TensorData rows = reader.apply(tensor.part((long) row * width, rowCount * width));
            for (int column = 0; column < width; column += COLUMNS) {
                int columnCount = Math.min(COLUMNS, width - column);
                for (int r = 0; r < rowCount; r++) {
                    readRow(rows, (long) r * width + column, r * PITCH, columnCount);
                }
                for (int c = 0; c < columnCount; c++) {
                    int i = (column + c) / taps;
                    int k = (column + c) % taps;
                    putColumn(c, rowCount, stored, ((long) k * in + i) * out + row);
                }
            }
        }
    }

    /** Reads numbers into the block, in the precision of the blob. */
    private void readRow(TensorData numbers, long from, int at, int count) {
        numbers.read(from, block, at, count);
        noteLargest(at, count);
        if (precision == Precision.F16) {
            for (int i = 0; i < count; i++) {
                fp16[at + i] = Float.floatToFloat16(block[at + i]);
            }
        }
    }

    private void putColumn(int column, int rowCount, MemorySegment stored, long index) {
        if (precision == Precision.F16) {
            for (int r = 0; r < rowCount; r++) {
                stored.set(SHORTS, (index + r) * 2, fp16[r * PITCH + column]);
            }
        } else {
            for (int r = 0; r < rowCount; r++) {
                stored.set(FLOATS, (index + r) * 4, block[r * PITCH + column]);
            }
        }
    }

    /**
     * Updates the largest magnitude, as bits: they are ordered like the magnitudes, followed by infinity and NaN, so one comparison finds
     * all. The bits are copied first, because a loop that reads the bits of floats is not compiled to vector instructions.
     */
    private void noteLargest(int at, int count) {
        MemorySegment.copy(MemorySegment.ofArray(block), INTS, at * 4L, bits, 0, count);
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
            throw new UserException(
                    source + ": tensor " + tensor.name() + " has " + notFinite + " numbers that are infinite or no number (NaN):"
                            + " the checkpoint is damaged, or its training failed");
        }
        if (tooLarge > 0 && precision == Precision.F16) {
            throw new UserException(
                    source + ": tensor " + tensor.name() + " has " + tooLarge + " numbers beyond the range of 16 bits, up to " + extreme,
                    Remedy.STORE_IN_F32);
        }
    }
}
