package stablediffusion.tornado;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.WorkerGrid2D;

/**
 * Holds the worker grids of a plan's tasks.
 *
 * @param whole grids for runs
 * @param trial grids for the trial run after compiling, whose result is not used: products and attention, the costly tasks, compute one
 *     work-group
 */
record Grids(GridScheduler whole, GridScheduler trial) {
    Grids() {
        this(new GridScheduler(), new GridScheduler());
    }

    /** @param task full name, graph.task */
    void add(String task, WorkerGrid grid) {
        whole.addWorkerGrid(task, grid);
        trial.addWorkerGrid(task, oneGroup(grid));
    }

    /** Returns a grid of one work-group. One-dimensional grids stay: they cost little, and PoCL compiles again for a much larger grid. */
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
