package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

import java.util.Arrays;

/**
 * Checks the accesses of a kernel: each method replaces an instruction and does the same after a check. {@link CheckedClassLoader} matches
 * instructions and these methods by name and type, so adding a method here is enough. Public only because kernels are in other packages.
 *
 * <p>A private array holds a marker value until the kernel writes to it, because on a device it is undefined where Java has zeros.
 */
public final class Checked {

    /** A quiet NaN that no arithmetic yields. */
    private static final int UNWRITTEN_FLOAT = 0x7fc0dead;
    private static final int UNWRITTEN_INT = 0x80dead17;
    private static final short UNWRITTEN_SHORT = (short) 0xdead;

    private Checked() {}

    public static float get(FloatArray array, int index, WorkItem item) {
        item.reads(array, index);
        return array.get(index);
    }

    public static void set(FloatArray array, int index, float value, WorkItem item) {
        item.writes(array, index);
        array.set(index, value);
    }

    public static int get(IntArray array, int index, WorkItem item) {
        item.reads(array, index);
        return array.get(index);
    }

    public static void set(IntArray array, int index, int value, WorkItem item) {
        item.writes(array, index);
        array.set(index, value);
    }

    public static short get(ShortArray array, int index, WorkItem item) {
        item.reads(array, index);
        return array.get(index);
    }

    public static void set(ShortArray array, int index, short value, WorkItem item) {
        item.writes(array, index);
        array.set(index, value);
    }

    public static byte get(ByteArray array, int index, WorkItem item) {
        item.reads(array, index);
        return array.get(index);
    }

    public static void set(ByteArray array, int index, byte value, WorkItem item) {
        item.writes(array, index);
        array.set(index, value);
    }

    public static HalfFloat get(HalfFloatArray array, int index, WorkItem item) {
        item.reads(array, index);
        return array.get(index);
    }

    public static void set(HalfFloatArray array, int index, HalfFloat value, WorkItem item) {
        item.writes(array, index);
        array.set(index, value);
    }

    public static float load(float[] array, int index, WorkItem item) {
        item.requireNoFragment(Fragments.are(array));
        boolean local = item.loads(array, array.length, index);
        float value = array[index];
        if (!local && Float.floatToRawIntBits(value) == UNWRITTEN_FLOAT) {
            throw item.unwritten("private", array.length, index);
        }
        return value;
    }

    public static void store(float[] array, int index, float value, WorkItem item) {
        item.requireNoFragment(Fragments.are(array));
        item.stores(array, array.length, index);
        array[index] = value;
    }

    public static int load(int[] array, int index, WorkItem item) {
        boolean local = item.loads(array, array.length, index);
        int value = array[index];
        if (!local && value == UNWRITTEN_INT) {
            throw item.unwritten("private", array.length, index);
        }
        return value;
    }

    public static void store(int[] array, int index, int value, WorkItem item) {
        item.stores(array, array.length, index);
        array[index] = value;
    }

    public static short load(short[] array, int index, WorkItem item) {
        boolean local = item.loads(array, array.length, index);
        short value = array[index];
        if (!local && value == UNWRITTEN_SHORT) {
            throw item.unwritten("private", array.length, index);
        }
        return value;
    }

    public static void store(short[] array, int index, short value, WorkItem item) {
        item.stores(array, array.length, index);
        array[index] = value;
    }

    public static Object load(Object[] array, int index, WorkItem item) {
        item.requireNoFragment(array instanceof Fragments.Factor[]);
        boolean local = item.loads(array, array.length, index);
        Object value = array[index];
        if (!local && value == null) {
            throw item.unwritten("private", array.length, index);
        }
        return value;
    }

    public static void store(Object[] array, int index, Object value, WorkItem item) {
        item.stores(array, array.length, index);
        array[index] = value;
    }

    public static void fresh(float[] array, WorkItem item) {
        Arrays.fill(array, Float.intBitsToFloat(UNWRITTEN_FLOAT));
    }

    public static void fresh(int[] array, WorkItem item) {
        Arrays.fill(array, UNWRITTEN_INT);
    }

    public static void fresh(short[] array, WorkItem item) {
        Arrays.fill(array, UNWRITTEN_SHORT);
    }

    public static void parallel(int value, int depth, String variable, WorkItem item) {
        item.iteration(value, depth, variable);
    }

    public static void localBarrier(KernelContext context, String location, WorkItem item) {
        item.localBarrier(location);
    }

    public static void globalBarrier(KernelContext context, String location, WorkItem item) {
        item.globalBarrier(location);
    }

    public static void asyncCopyToLocal(
            KernelContext context, int[] target, int targetIndex, HalfFloatArray source, int sourceIndex, WorkItem item) {
        item.copies(target, targetIndex, source, sourceIndex);
    }

    public static void asyncCopyCommit(KernelContext context, WorkItem item) {
        item.commitCopies();
    }

    public static void asyncCopyWaitGroup(KernelContext context, int groups, WorkItem item) {
        item.awaitCopies(groups);
    }

    public static float[] mmaFragment(KernelContext context, float value, String location, WorkItem item) {
        return Fragments.sums(value);
    }

    public static HalfFloat[] mmaLoadA(KernelContext context, int[] tile, int inner, int byteOffset, String location, WorkItem item) {
        return item.loadFactor(tile, inner, byteOffset, Fragments.ROWS, Fragments.INNER, location);
    }

    public static HalfFloat[] mmaLoadB(KernelContext context, int[] tile, int inner, int byteOffset, String location, WorkItem item) {
        return item.loadFactor(tile, inner, byteOffset, Fragments.INNER, Fragments.COLUMNS, location);
    }

    public static float[] mma(
            KernelContext context, HalfFloat[] left, HalfFloat[] right, float[] sums, MMAShape shape, String location, WorkItem item) {
        return item.multiply(left, right, sums, shape, location);
    }

    public static void mmaStore(
            KernelContext context, float[] sums, FloatArray target, int row, int column, int stride, String location, WorkItem item) {
        item.storeSums(sums, target, row, column, stride, location);
    }

    public static float[] allocateFloatLocalArray(KernelContext context, int size, WorkItem item) {
        return item.local(float[].class, size, Float.BYTES);
    }

    public static int[] allocateIntLocalArray(KernelContext context, int size, WorkItem item) {
        return item.local(int[].class, size, Integer.BYTES);
    }

    public static HalfFloat[] allocateHalfFloatLocalArray(KernelContext context, int size, WorkItem item) {
        return item.local(HalfFloat[].class, size, Short.BYTES);
    }

    public static Integer globalIdx(KernelContext context, WorkItem item) {
        return item.global(0);
    }

    public static Integer globalIdy(KernelContext context, WorkItem item) {
        return item.global(1);
    }

    public static Integer globalIdz(KernelContext context, WorkItem item) {
        return item.global(2);
    }

    public static Integer groupIdx(KernelContext context, WorkItem item) {
        return item.group(0);
    }

    public static Integer groupIdy(KernelContext context, WorkItem item) {
        return item.group(1);
    }

    public static Integer groupIdz(KernelContext context, WorkItem item) {
        return item.group(2);
    }

    public static Integer localIdx(KernelContext context, WorkItem item) {
        return item.local(0);
    }

    public static Integer localIdy(KernelContext context, WorkItem item) {
        return item.local(1);
    }

    public static Integer localIdz(KernelContext context, WorkItem item) {
        return item.local(2);
    }

    public static Integer globalGroupSizeX(KernelContext context, WorkItem item) {
        return item.globalSize(0);
    }

    public static Integer globalGroupSizeY(KernelContext context, WorkItem item) {
        return item.globalSize(1);
    }

    public static Integer globalGroupSizeZ(KernelContext context, WorkItem item) {
        return item.globalSize(2);
    }

    public static Integer localGroupSizeX(KernelContext context, WorkItem item) {
        return item.localSize(0);
    }

    public static Integer localGroupSizeY(KernelContext context, WorkItem item) {
        return item.localSize(1);
    }

    public static Integer localGroupSizeZ(KernelContext context, WorkItem item) {
        return item.localSize(2);
    }
}
