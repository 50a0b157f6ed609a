package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.WorkerGrid;

/** Checks and holds the sizes of a launch. Numbers of work-items and groups count x fastest. */
final class Grid {

    /** Holds one work-item, as which a kernel of parallel loops starts. */
    static final Grid SINGLE = new Grid(new int[] {1, 1, 1}, new int[] {1, 1, 1});

    private final int[] global;
    private final int[] local;

    private Grid(int[] global, int[] local) {
        this.global = global;
        this.local = local;
    }

    static Grid of(String task, WorkerGrid worker) {
        if (worker == null) {
            throw new KernelError("task " + task + " has no worker grid");
        }
        if (worker.getLocalWork() == null) {
            throw new KernelError("task " + task + ": its worker grid has no local size, and what a device would choose is left to chance");
        }
        int[] global = new int[3];
        int[] local = new int[3];
        long items = 1;
        for (int i = 0; i < 3; i++) {
            global[i] = Math.toIntExact(worker.getGlobalWork()[i]);
            local[i] = Math.toIntExact(worker.getLocalWork()[i]);
            items *= local[i];
            if (global[i] <= 0 || local[i] <= 0 || global[i] % local[i] != 0) {
                throw new KernelError("task " + task + ": in dimension " + "xyz".charAt(i) + ", the global size " + global[i]
                        + " is no multiple of the local size " + local[i]);
            }
            if (worker.getGlobalOffset()[i] != 0) {
                throw new KernelError("task " + task + ": a grid with an offset is not supported");
            }
        }
        if ((long) global[0] * global[1] * global[2] > AccessRecord.MOST_ITEMS) {
            throw new KernelError("task " + task + ": the simulator runs no more than " + AccessRecord.MOST_ITEMS
                    + " work-items; test the kernel at a smaller shape");
        }
        if (items > SimulatedDevice.WORK_GROUP_ITEMS) {
            throw new KernelError("task " + task + ": a work-group of " + items + " work-items; the device's limit is "
                    + SimulatedDevice.WORK_GROUP_ITEMS);
        }
        return new Grid(global, local);
    }

    int global(int dimension) {
        return global[dimension];
    }

    int local(int dimension) {
        return local[dimension];
    }

    int groups() {
        return groups(0) * groups(1) * groups(2);
    }

    int groupItems() {
        return local[0] * local[1] * local[2];
    }

    /** Computes the position in the group of the work-item with this number in the group. */
    void position(int numberInGroup, int[] position) {
        position[0] = numberInGroup % local[0];
        position[1] = numberInGroup / local[0] % local[1];
        position[2] = numberInGroup / local[0] / local[1];
    }

    /** Computes the position among the groups of the group with this number. */
    void groupPosition(int number, int[] position) {
        position[0] = number % groups(0);
        position[1] = number / groups(0) % groups(1);
        position[2] = number / groups(0) / groups(1);
    }

    private int groups(int dimension) {
        return global[dimension] / local[dimension];
    }
}
