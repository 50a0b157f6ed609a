package stablediffusion.model.tiles;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Shape;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Holds an activation of a whole picture, [1, height, width, channels], outside the Java heap. The numbers are fp16, which takes half the
 * memory at an error below a thousandth, and are limited to its range of ±65504.
 */
final class StoredActivation implements AutoCloseable {
    private static final float LARGEST = 65504;

    private final Shape shape;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment fp16;

    StoredActivation(Shape shape) {
        this.shape = shape;
        this.fp16 = arena.allocate(bytes(shape), 64);
    }

    /** Returns the memory that an activation takes, in bytes. */
    static long bytes(Shape shape) {
        return (long) shape.size() * Short.BYTES;
    }

    /** Holds mean and variance of each group, for group normalization. */
    record Moments(double[] mean, double[] variance) {}

    /** Describes the function {@code x · scale + shift} for each channel. */
    record Affine(float[] scale, float[] shift) {
        static Affine identity(int channels) {
            float[] ones = new float[channels];
            Arrays.fill(ones, 1);
            return new Affine(ones, new float[channels]);
        }
    }

    /** Stores the pixels that a tile is responsible for. */
    void write(Tensor tile, TileRange rows, TileRange columns) {
        int channels = shape.channels();
        int length = (columns.to() - columns.from()) * channels;
        IntStream.range(rows.from(), rows.to()).parallel().forEach(y -> {
            int source = ((y - rows.start()) * tile.shape().width() + columns.from() - columns.start()) * channels;
            short[] row = new short[length];
            for (int i = 0; i < length; i++) {
                row[i] = Float.floatToFloat16(Math.clamp(tile.values()[source + i], -LARGEST, LARGEST));
            }
            MemorySegment.copy(row, 0, fp16, ValueLayout.JAVA_SHORT, offset(y, columns.from()), length);
        });
    }

    /** Fills a tile [1, height, width, channels] with what is stored from row {@code top} and column {@code left} on. */
    void read(int top, int left, Affine affine, Tensor tile) {
        int channels = shape.channels();
        int length = tile.shape().width() * channels;
        float[] values = tile.values();
        IntStream.range(0, tile.shape().height()).parallel().forEach(y -> {
            short[] row = new short[length];
            MemorySegment.copy(fp16, ValueLayout.JAVA_SHORT, offset(top + y, left), row, 0, length);
            for (int x = 0; x < length; x += channels) {
                for (int c = 0; c < channels; c++) {
                    values[y * length + x + c] = Float.float16ToFloat(row[x + c]) * affine.scale[c] + affine.shift[c];
                }
            }
        });
    }

    /** Returns the whole activation. */
    Tensor read() {
        Tensor all = new Tensor(shape, new float[shape.size()]);
        read(0, 0, Affine.identity(shape.channels()), all);
        return all;
    }

    /** Computes mean and variance of each group, in double precision and in a fixed order, so that each run gives the same numbers. */
    Moments moments(int groups) {
        int channels = shape.channels();
        int size = channels / groups;
        double[][] sums = new double[shape.height()][];
        IntStream.range(0, shape.height()).parallel().forEach(y -> {
            short[] row = new short[shape.width() * channels];
            MemorySegment.copy(fp16, ValueLayout.JAVA_SHORT, offset(y, 0), row, 0, row.length);
            double[] sum = new double[2 * groups];
            for (int i = 0; i < row.length; i++) {
                double value = Float.float16ToFloat(row[i]);
                int group = i % channels / size;
                sum[group] += value;
                sum[groups + group] += value * value;
            }
            sums[y] = sum;
        });
        double[] mean = new double[groups];
        double[] variance = new double[groups];
        double count = (double) shape.positions() * size;
        for (int group = 0; group < groups; group++) {
            for (double[] sum : sums) {
                mean[group] += sum[group] / count;
                variance[group] += sum[groups + group] / count;
            }
            variance[group] = Math.max(0, variance[group] - mean[group] * mean[group]);
        }
        return new Moments(mean, variance);
    }

    private long offset(int y, int x) {
        return ((long) y * shape.width() + x) * shape.channels() * Short.BYTES;
    }

    @Override
    public void close() {
        arena.close();
    }
}
