package stablediffusion.tornado;

import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;

/**
 * Holds how a group normalization is distributed over the work-groups of a GPU.
 *
 * @param own number of neighbouring groups that a work-group of the statistics computes
 * @param width work-items of a work-group of the statistics that read neighbouring channels
 * @param height work-items of a work-group of the statistics that read different positions
 * @param slices number of slices of the positions, each with statistics of its own
 * @param length number of positions of a slice; the last may have fewer
 * @param parts number of parts of the positions that are scaled by a work-group each
 * @param part number of positions of a part; the last may have fewer
 */
record GroupNormGrid(int batch, int groups, int own, int width, int height, int slices, int length, int parts,
        int part) {
    /** Work-items of a work-group of the statistics, at most. */
    private static final int ITEMS = 256;
    /** Neighbouring channels that are read at a time: 256 bytes, whole lines of the cache. */
    private static final int CHANNELS = 64;
    /** The least number of positions of a work-item for which a slice's statistics are worth their space. */
    private static final int POSITIONS = 4;
    /** Elements that a work-group scales, at least, since it has to combine the statistics first. */
    private static final int ELEMENTS = 1024;
    /** Work-groups of the statistics, which have up to {@link #ITEMS} work-items, that each multiprocessor should get. */
    private static final int STATISTICS_GROUPS = 2;
    /** Work-groups of scaling that each multiprocessor should get. */
    private static final int SCALE_GROUPS = 8;

    static GroupNormGrid of(Operation.GroupNorm norm, int multiprocessors) {
        Shape shape = norm.input().shape();
        int wide = shape.channels() / norm.groups();
        int own = 1;
        for (int i = 2; i <= norm.groups() && i * wide <= CHANNELS; i++) {
            own = norm.groups() % i == 0 ? i : own;
        }
        int width = Math.min(own * wide, ITEMS / 2);
        int height = ITEMS / width;
        int blocks = shape.batch() * norm.groups() / own;
        int most = Math.max(1, Math.min(
                Math.ceilDiv(STATISTICS_GROUPS * multiprocessors, blocks), shape.positions() / (POSITIONS * height)));
        int length = Math.ceilDiv(shape.positions(), most);
        int groups = Math.ceilDiv(SCALE_GROUPS * multiprocessors, shape.batch());
        int part = Math.max(Math.ceilDiv(shape.positions(), groups), Math.ceilDiv(ELEMENTS, shape.channels()));
        return new GroupNormGrid(
                shape.batch(), norm.groups(), own, width, height, Math.ceilDiv(shape.positions(), length), length,
                Math.ceilDiv(shape.positions(), part), part);
    }

    /** Returns the number of floats of all statistics. */
    int statistics() {
        return 2 * batch * groups * slices;
    }

    WorkerGrid statisticsGrid() {
        WorkerGrid grid = new WorkerGrid2D(groups / own * width, batch * slices * height);
        grid.setLocalWork(width, height, 1);
        return grid;
    }

    WorkerGrid scaleGrid(int lanes) {
        WorkerGrid grid = new WorkerGrid2D(parts * lanes, batch);
        grid.setLocalWork(lanes, 1, 1);
        return grid;
    }
}
