package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Holds the state of a running work-item: its position in the grid, and the checks of its accesses. Public only because checked copies of
 * kernels call it.
 */
public final class WorkItem {

    private static final ThreadLocal<WorkItem> CURRENT = new ThreadLocal<>();
    private static final int LOOPS = 3;

    private final Launch launch;
    private final WorkGroup group;
    /** Number of the group's first work-item in the grid. */
    private final int groupStart;
    private final int groupSize;
    private final int[] local = new int[3];
    private final int[] iteration = new int[LOOPS];
    private final String[] loop = new String[LOOPS];
    private int loops;
    private int number;
    private int allocations;
    private int localBarriers;
    private int globalBarriers;
    private long localStamp;
    private long globalStamp;
    /** The calls that this work-item has made together with its warp, as a hash. */
    private int warpCalls;
    /** Copies under way, in groups; those of the last group are not committed yet. */
    private final Deque<List<Runnable>> copies = new ArrayDeque<>(List.of(new ArrayList<>()));

    WorkItem(Launch launch, WorkGroup group, int numberInGroup) {
        this.launch = launch;
        this.group = group;
        this.groupSize = launch.grid().groupItems();
        this.groupStart = group.number() * groupSize;
        become(numberInGroup);
    }

    /** Returns the work-item that the current thread runs. */
    public static WorkItem current() {
        return CURRENT.get();
    }

    /** Runs the kernel as this work-item. */
    void run() {
        CURRENT.set(this);
        try {
            launch.call();
        } catch (KernelError | Lockstep.Abandoned e) {
            throw e;
        } catch (Throwable e) {
            throw new KernelError(said("fails: " + e, e.getStackTrace()), e);
        } finally {
            CURRENT.remove();
        }
    }

    /** Restarts as another work-item of the same group. */
    void become(int numberInGroup) {
        number = numberInGroup;
        allocations = 0;
        localBarriers = 0;
        globalBarriers = 0;
        launch.grid().position(numberInGroup, local);
        renewStamps();
    }

    int global(int dimension) {
        return group.position(dimension) * launch.grid().local(dimension) + local[dimension];
    }

    int group(int dimension) {
        return group.position(dimension);
    }

    int local(int dimension) {
        return local[dimension];
    }

    int globalSize(int dimension) {
        return launch.grid().global(dimension);
    }

    int localSize(int dimension) {
        return launch.grid().local(dimension);
    }

    void reads(TornadoNativeArray array, int index) {
        Launch.Parameter parameter = inBounds("reads", array, index);
        AccessRecord accesses = parameter.accesses();
        if (!parameter.transferred() && !accesses.written(index)) {
            throw fail("reads " + element(parameter, index) + ", which nobody wrote; the array was never transferred to the device");
        }
        if (parameter.written()) {
            int other = accesses.read(index, globalStamp, groupStart, groupSize);
            if (other != AccessRecord.NONE) {
                throw fail("reads " + element(parameter, index) + ", which " + launch.item(other) + " writes in the same launch");
            }
        }
    }

    void writes(TornadoNativeArray array, int index) {
        Launch.Parameter parameter = inBounds("writes", array, index);
        AccessRecord accesses = parameter.accesses();
        int other = accesses.write(index, globalStamp, groupStart, groupSize);
        if (other != AccessRecord.NONE) {
            throw fail("writes " + element(parameter, index) + ", which " + launch.item(other) + " writes too");
        }
        other = accesses.readBeforeWrite(index, globalStamp, groupStart, groupSize);
        if (other != AccessRecord.NONE) {
            throw fail("writes " + element(parameter, index) + ", which other work-items read in the same launch, such as "
                    + launch.item(other));
        }
    }

    /** Checks a read of a private or local array. Returns true if the array is local. */
    boolean loads(Object array, int length, int index) {
        AccessRecord shared = group.accesses(array);
        if (index < 0 || index >= length) {
            throw fail("reads index " + index + " of a " + kind(shared) + " array of " + length);
        }
        if (shared == null) {
            return false;
        }
        if (!shared.written(index)) {
            throw unwritten("local", length, index);
        }
        int other = shared.read(index, localStamp, 0, groupSize);
        if (other != AccessRecord.NONE) {
            throw fail("reads index " + index + " of a local array of " + length + ", which " + sibling(other)
                    + " writes with no barrier in between");
        }
        return true;
    }

    /** Checks a write to a private or local array. */
    void stores(Object array, int length, int index) {
        AccessRecord shared = group.accesses(array);
        if (index < 0 || index >= length) {
            throw fail("writes index " + index + " of a " + kind(shared) + " array of " + length);
        }
        if (shared == null) {
            return;
        }
        int other = shared.write(index, localStamp, 0, groupSize);
        if (other == AccessRecord.NONE) {
            other = shared.readBeforeWrite(index, localStamp, 0, groupSize);
        }
        if (other != AccessRecord.NONE) {
            throw fail("writes index " + index + " of a local array of " + length + ", which " + sibling(other)
                    + " writes or reads with no barrier in between");
        }
    }

    /** Begins a copy of two elements, which {@link #awaitCopies} ends: until then the target has its old value. */
    void copies(int[] target, int targetIndex, HalfFloatArray source, int sourceIndex) {
        if (sourceIndex % 2 != 0) {
            throw fail("copies from the odd index " + sourceIndex + ": the source of an asynchronous copy is aligned to 4 bytes");
        }
        reads(source, sourceIndex);
        reads(source, sourceIndex + 1);
        int low = source.get(sourceIndex).getHalfFloatValue() & 0xFFFF;
        int value = low | source.get(sourceIndex + 1).getHalfFloatValue() << 16;
        copies.getLast().add(() -> {
            stores(target, target.length, targetIndex);
            target[targetIndex] = value;
        });
    }

    void commitCopies() {
        copies.addLast(new ArrayList<>());
    }

    /** Ends all groups of copies but the last {@code groups} ones. */
    void awaitCopies(int groups) {
        while (copies.size() - 1 > groups) {
            copies.removeFirst().forEach(Runnable::run);
        }
    }

    void requireNoFragment(boolean fragment) {
        if (fragment) {
            throw fail("looks into a fragment of a matrix, which devices hold in registers that have no index");
        }
    }

    /** Loads this work-item's row, and returns its fragment of the matrix of all rows that its warp loads. */
    HalfFloat[] loadFactor(int[] tile, int inner, int byteOffset, int height, int width, String location) {
        if (inner != Fragments.INNER) {
            throw fail("loads a matrix with an inner dimension of " + inner + ", not " + Fragments.INNER);
        }
        int lane = lane();
        int from = byteOffset + lane % height * width * Short.BYTES + lane / height * 16;
        float[] row = new float[8];
        if (lane < height * width / row.length) {
            if (from % 16 != 0) {
                throw fail("loads a row of a matrix from byte " + from + ", which is no multiple of 16");
            }
            for (int i = 0; i < row.length; i += 2) {
                int index = from / Integer.BYTES + i / 2;
                loads(tile, tile.length, index);
                row[i] = Float.float16ToFloat((short) tile[index]);
                row[i + 1] = Float.float16ToFloat((short) (tile[index] >> 16));
            }
        }
        Warp warp = group.warp(number);
        warp.show(lane, row);
        calls(location);
        group.awaitWarp(number, location, warpCalls);
        return Fragments.factor(warp.take(lane, height, width));
    }

    float[] multiply(HalfFloat[] left, HalfFloat[] right, float[] sums, MMAShape shape, String location) {
        float[] a = Fragments.values(left, Fragments.ROWS * Fragments.INNER);
        float[] b = Fragments.values(right, Fragments.INNER * Fragments.COLUMNS);
        if (a == null || b == null || !Fragments.are(sums) || shape != MMAShape.M16N8K16) {
            throw fail("multiplies what are no fragments of 16 x 16 and 16 x 8 numbers and of their sums");
        }
        calls(location);
        return Fragments.multiply(a, b, sums, lane());
    }

    void storeSums(float[] sums, FloatArray target, int row, int column, int stride, String location) {
        if (!Fragments.are(sums)) {
            throw fail("stores what is no fragment of sums");
        }
        int lane = lane();
        calls(location);
        for (int i = 0; i < 4; i++) {
            int index = (row + Fragments.row(lane, i)) * stride + column + Fragments.column(lane, i);
            writes(target, index);
            target.set(index, sums[i]);
        }
    }

    /** Counts a call that a warp's work-items make together. */
    private void calls(String location) {
        warpCalls = 31 * warpCalls + location.hashCode();
    }

    private int lane() {
        if (localSize(0) % Lockstep.WARP != 0 || localSize(1) * localSize(2) != 1) {
            throw fail("multiplies matrices in a work-group of " + localSize(0) + " x " + localSize(1) + " x " + localSize(2)
                    + ": warps are 32 work-items in the first dimension, and there must be no other");
        }
        return number % Lockstep.WARP;
    }

    KernelError unwritten(String kind, int length, int index) {
        return fail("reads index " + index + " of a " + kind + " array of " + length + ", which nobody wrote");
    }

    <A> A local(Class<A> type, int size, int elementBytes) {
        return group.allocate(this, allocations++, type, size, elementBytes);
    }

    /** Orders accesses to local memory. On the devices that have warps, each kind of barrier orders both kinds of memory. */
    void localBarrier(String location) {
        group.await(number, location);
        localBarriers++;
        globalBarriers += launch.usesWarps() ? 1 : 0;
        renewStamps();
    }

    /** Orders accesses to global memory. */
    void globalBarrier(String location) {
        group.await(number, location);
        globalBarriers++;
        localBarriers += launch.usesWarps() ? 1 : 0;
        renewStamps();
    }

    /** Begins an iteration of the {@code depth}th parallel loop, over {@code variable}: each iteration counts as a work-item. */
    void iteration(int value, int depth, String variable) {
        if (depth >= LOOPS) {
            throw fail("has more than " + LOOPS + " parallel loops in each other");
        }
        iteration[depth] = value;
        loop[depth] = variable;
        loops = depth + 1;
        number++;
        renewStamps();
    }

    KernelError fail(String what) {
        return new KernelError(said(what, Thread.currentThread().getStackTrace()));
    }

    @Override
    public String toString() {
        if (launch.hasGrid()) {
            return launch.item(groupStart + number);
        }
        if (loops == 0) {
            return "the code outside parallel loops";
        }
        StringBuilder name = new StringBuilder("iteration");
        for (int i = 0; i < loops; i++) {
            name.append(i == 0 ? " " : ", ").append(loop[i]).append(" = ").append(iteration[i]);
        }
        return name.toString();
    }

    private String said(String what, StackTraceElement[] trace) {
        for (StackTraceElement frame : trace) {
            if (launch.isKernelFrame(frame)) {
                return "task " + launch.task() + ", " + frame.getFileName() + ":" + frame.getLineNumber() + ": " + this + " " + what;
            }
        }
        return "task " + launch.task() + ": " + this + " " + what;
    }

    private String sibling(int numberInGroup) {
        return launch.item(groupStart + numberInGroup);
    }

    private static String kind(AccessRecord shared) {
        return shared == null ? "private" : "local";
    }

    private static String element(Launch.Parameter parameter, int index) {
        return parameter.name() + "[" + index + "]";
    }

    private Launch.Parameter inBounds(String does, TornadoNativeArray array, int index) {
        Launch.Parameter parameter = launch.parameter(array);
        if (parameter == null) {
            throw fail(does + " an array that is no argument of the task");
        }
        if (index < 0 || index >= array.getSize()) {
            throw fail(does + " " + element(parameter, index) + ", out of bounds: it is a " + DeviceArray.describe(array));
        }
        return parameter;
    }

    private void renewStamps() {
        localStamp = AccessRecord.stamp(1, localBarriers, number);
        globalStamp = AccessRecord.stamp(launch.number(), globalBarriers, groupStart + number);
    }
}
