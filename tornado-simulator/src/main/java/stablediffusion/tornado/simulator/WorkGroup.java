package stablediffusion.tornado.simulator;

import java.lang.reflect.Array;
import java.util.Arrays;

/** Runs the work-items of one group and holds the local memory that they share. */
final class WorkGroup {

    private static final int MOST_LOCAL_ARRAYS = 16;

    private final Launch launch;
    private final int number;
    private final int[] position = new int[3];
    private final Object[] locals = new Object[MOST_LOCAL_ARRAYS];
    private final AccessRecord[] accesses = new AccessRecord[MOST_LOCAL_ARRAYS];
    private int localCount;
    private int localBytes;
    private final Warp[] warps;
    private Lockstep lockstep;

    WorkGroup(Launch launch, int number) {
        this.launch = launch;
        this.number = number;
        launch.grid().groupPosition(number, position);
        warps = new Warp[launch.grid().groupItems() / Lockstep.WARP];
        Arrays.setAll(warps, _ -> new Warp());
    }

    /** Runs the kernel for all work-items; with barriers, in turn from one barrier to the next. */
    void run() {
        int items = launch.grid().groupItems();
        if (launch.hasBarriers() || launch.usesWarps()) {
            lockstep = new Lockstep(items, this::divergence);
            lockstep.run(item -> new WorkItem(launch, this, item).run());
        } else {
            WorkItem item = new WorkItem(launch, this, 0);
            for (int i = 0; i < items; i++) {
                item.become(i);
                item.run();
            }
        }
    }

    int number() {
        return number;
    }

    int position(int dimension) {
        return position[dimension];
    }

    void await(int item, String barrier) {
        lockstep.await(item, barrier);
    }

    void awaitWarp(int item, String call, int calls) {
        lockstep.awaitWarp(item, call, calls);
    }

    Warp warp(int item) {
        return warps[item / Lockstep.WARP];
    }

    /** Returns the accesses to a local array; null for an array that is private to a work-item. */
    @SuppressWarnings("ReferenceEquality") // The array itself, whatever it contains.
    AccessRecord accesses(Object array) {
        for (int i = 0; i < localCount; i++) {
            if (locals[i] == array) {
                return accesses[i];
            }
        }
        return null;
    }

    /** Returns the group's array for a work-item's {@code index}th allocation: allocated for the first work-item, then the same for all. */
    <A> A allocate(WorkItem item, int index, Class<A> type, int size, int elementBytes) {
        if (index == localCount) {
            if (index == MOST_LOCAL_ARRAYS) {
                throw item.fail("allocates more than " + MOST_LOCAL_ARRAYS + " local arrays");
            }
            localBytes += size * elementBytes;
            int most = launch.usesWarps() ? SimulatedDevice.LOCAL_MEMORY_WITH_WARPS : SimulatedDevice.LOCAL_MEMORY;
            if (localBytes > most) {
                throw item.fail("allocates local memory up to " + localBytes + " bytes; the device has " + most);
            }
            accesses[index] = new AccessRecord(size);
            locals[index] = Array.newInstance(type.componentType(), size);
            localCount++;
        }
        Object shared = locals[index];
        if (!type.isInstance(shared) || Array.getLength(shared) != size) {
            throw item.fail("allocates a local " + type.getSimpleName() + " of " + size + " where other work-items have a "
                    + shared.getClass().getSimpleName() + " of " + Array.getLength(shared));
        }
        return type.cast(shared);
    }

    private KernelError divergence(int first, int second) {
        boolean warp = lockstep.inWarp(first) || lockstep.inWarp(second);
        return new KernelError("task " + launch.task() + ": " + whereabouts(first) + ", " + whereabouts(second)
                + (warp ? ": a warp's call must be reached by all its work-items or none"
                        : ": a barrier must be reached by all work-items of a group or none"));
    }

    private String whereabouts(int item) {
        String location = lockstep.waitsAt(item);
        return launch.item(number * launch.grid().groupItems() + item)
                + (location == null ? " has ended"
                        : (lockstep.inWarp(item) ? " waits for its warp at " : " waits at the barrier of ") + location);
    }
}
