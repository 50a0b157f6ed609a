package stablediffusion.tornado;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.WorkerGrid2D;

/**
 * The worker grids of a plan's tasks.
 *
 * @param whole for runs
 * @param trial for a run of which nobody wants the result: products and attention, where the work is, compute one work-group
 */
record Grids(GridScheduler whole, GridScheduler trial) {
    Grids() {
        this(new GridScheduler(), new GridScheduler());
    }

    /** @param task its full name */
    void add(String task, WorkerGrid grid) {
        whole.addWorkerGrid(task, grid);
        trial.addWorkerGrid(task, oneGroup(grid));
    }

    /** Those of one dimension keep their size: they cost little, and PoCL compiles anew for one that is much larger. */
    private static WorkerGrid oneGroup(WorkerGrid grid) {
        if (grid instanceof WorkerGrid1D) {
            return grid;
        }
        long[] local = grid.getLocalWork();
        WorkerGrid group = new WorkerGrid2D((int) local[0], (int) local[1]);
        group.setLocalWork(local[0], local[1], 1);
        return group;
    }
}
