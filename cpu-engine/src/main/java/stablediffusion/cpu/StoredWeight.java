package stablediffusion.cpu;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Describes a weight, or a part of one, as it lies in memory: oneDNN's dimensions, in any order of storage, of which one has no gaps. */
final class StoredWeight {
    private final long[] sizes;
    private final long[] strides;
    private final long first;
    /** The dimensions of more than one number, the one without gaps last. */
    private final List<Integer> order;

    /**
     * @param sizes of oneDNN's dimensions
     * @param strides distances of neighbours in each, in numbers
     * @param first the number that the part begins with
     */
    StoredWeight(long[] sizes, long[] strides, long first) {
        this.sizes = sizes.clone();
        this.strides = strides.clone();
        this.first = first;
        order = IntStream.range(0, sizes.length).boxed()
                .filter(dimension -> sizes[dimension] > 1)
                .sorted(Comparator.comparingLong((Integer dimension) -> strides[dimension]).reversed())
                .toList();
    }

    /** Describes a vector. */
    static StoredWeight vector(long size) {
        return new StoredWeight(new long[] {size}, new long[] {1}, 0);
    }

    /** Describes a matrix, row by row. */
    static StoredWeight matrix(long rows, long columns) {
        return matrix(rows, columns, columns, 0);
    }

    /**
     * Describes some columns of a matrix.
     *
     * @param stride the number of columns that the whole matrix has
     * @param first the first of the columns
     */
    static StoredWeight matrix(long rows, long columns, long stride, long first) {
        return new StoredWeight(new long[] {rows, columns}, new long[] {stride, 1}, first);
    }

    /** Holds rows of a weight. */
    final class Slice {
        private final long[] offsets;
        private final long[] sizes;
        private final long rows;

        private Slice(long[] offsets, long[] sizes, long rows) {
            this.offsets = offsets;
            this.sizes = sizes;
            this.rows = rows;
        }

        /** Returns the slice's first number in each of oneDNN's dimensions. */
        long[] offsets() {
            return offsets.clone();
        }

        /** Returns the slice's sizes in each of oneDNN's dimensions. */
        long[] sizes() {
            return sizes.clone();
        }

        long rows() {
            return rows;
        }

        /** Returns the length of a row. */
        long columns() {
            return StoredWeight.this.columns();
        }

        /** Returns where a row begins, in numbers from the beginning of the weight. */
        long start(long row) {
            long start = first + row * rowStride();
            for (int i = 0; i < offsets.length; i++) {
                start += offsets[i] * strides[i];
            }
            return start;
        }

        /** Returns the distances of neighbours in each of oneDNN's dimensions. */
        long[] strides() {
            return strides.clone();
        }

        /** Returns what they would be if the slice's rows followed each other without gaps. */
        long[] denseStrides() {
            long[] dense = LongStream.of(sizes).map(_ -> rows * columns()).toArray();
            if (!order.isEmpty()) {
                dense[order.getLast()] = 1;
            }
            if (order.size() > 1) {
                dense[order.get(order.size() - 2)] = columns();
            }
            return dense;
        }
    }

    /**
     * Divides the weight into slices of rows: the numbers of the dimension without gaps, at all places of the next one.
     *
     * @param most the largest number of rows in a slice
     */
    List<Slice> slices(long most) {
        int rowDimension = order.size() > 1 ? order.get(order.size() - 2) : -1;
        List<Integer> outer = order.subList(0, Math.max(0, order.size() - 2));
        long count = outer.stream().mapToLong(dimension -> sizes[dimension]).reduce(1, Math::multiplyExact);
        long rows = rowDimension < 0 ? 1 : sizes[rowDimension];
        List<Slice> slices = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            for (long row = 0; row < rows; row += most) {
                long[] offsets = new long[sizes.length];
                long[] parts = sizes.clone();
                long rest = i;
                for (int dimension : outer.reversed()) {
                    offsets[dimension] = rest % sizes[dimension];
                    parts[dimension] = 1;
                    rest /= sizes[dimension];
                }
                long taken = Math.min(most, rows - row);
                if (rowDimension >= 0) {
                    offsets[rowDimension] = row;
                    parts[rowDimension] = taken;
                }
                slices.add(new Slice(offsets, parts, taken));
            }
        }
        return slices;
    }

    /** Returns the length of a row. */
    long columns() {
        return order.isEmpty() ? 1 : sizes[order.getLast()];
    }

    private long rowStride() {
        return order.size() > 1 ? strides[order.get(order.size() - 2)] : 0;
    }
}
