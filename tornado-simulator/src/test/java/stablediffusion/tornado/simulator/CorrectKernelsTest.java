package stablediffusion.tornado.simulator;

import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Compares kernels without mistakes with plain loops. */
class CorrectKernelsTest {

    private static final Random RANDOM = new Random(7);

    static FloatArray random(int size) {
        FloatArray array = new FloatArray(size);
        for (int i = 0; i < size; i++) {
            array.set(i, RANDOM.nextFloat() - 0.5f);
        }
        return array;
    }

    static void run(TaskGraph graph, WorkerGrid grid, long... local) {
        GridScheduler scheduler = new GridScheduler();
        if (grid != null) {
            grid.setLocalWork(local[0], local[1], local[2]);
            scheduler.addWorkerGrid(graph.getTaskGraphName() + ".task", grid);
        }
        try (var plan = new TornadoExecutionPlan(graph.snapshot())) {
            if (grid != null) {
                plan.withGridScheduler(scheduler);
            }
            plan.execute();
        } catch (TornadoExecutionPlanException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void multipliesMatricesInBlocks() {
        int m = 128;
        int n = 128;
        int k = 64;
        FloatArray a = random(m * k);
        FloatArray b = random(k * n);
        FloatArray c = new FloatArray(m * n);
        run(new TaskGraph("test").transferToDevice(DataTransferMode.EVERY_EXECUTION, a, b)
                .task("task", CorrectKernels::matrixProduct, new KernelContext(), a, b, c, n, k)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, c), new WorkerGrid2D(n / 4, m / 4), 16, 16, 1);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += (double) a.get(i * k + l) * b.get(l * n + j);
                }
                assertEquals(sum, c.get(i * n + j), 1e-5, "64 products of at most 1/4, rounded to single precision");
            }
        }
    }

    @Test
    void reducesThroughLocalMemory() {
        FloatArray input = random(1024);
        FloatArray output = new FloatArray(4);
        run(new TaskGraph("test").transferToDevice(DataTransferMode.EVERY_EXECUTION, input)
                .task("task", CorrectKernels::sums, new KernelContext(), input, output)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, output), new WorkerGrid1D(1024), 256, 1, 1);
        for (int group = 0; group < 4; group++) {
            double sum = 0;
            for (int i = 0; i < 256; i++) {
                sum += input.get(group * 256 + i);
            }
            assertEquals(sum, output.get(group), 1e-4);
        }
    }

    @Test
    void normalisesRows() {
        FloatArray input = random(64 * 10);
        FloatArray output = new FloatArray(64 * 10);
        run(new TaskGraph("test").transferToDevice(DataTransferMode.EVERY_EXECUTION, input)
                .task("task", CorrectKernels::softmax, new KernelContext(), input, output, 10)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, output), new WorkerGrid1D(64), 16, 1, 1);
        for (int row = 0; row < 64; row++) {
            double sum = 0;
            for (int i = 0; i < 10; i++) {
                sum += output.get(row * 10 + i);
            }
            assertEquals(1, sum, 1e-6, "ten quotients, rounded to single precision");
        }
    }

    @Test
    void runsParallelLoopsAsPlainJava() {
        FloatArray a = random(60);
        FloatArray b = random(60);
        FloatArray sum = new FloatArray(60);
        run(new TaskGraph("test").transferToDevice(DataTransferMode.EVERY_EXECUTION, a, b)
                .task("task", CorrectKernels::add, a, b, sum, 6, 10)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, sum), null);
        for (int i = 0; i < 60; i++) {
            assertEquals(a.get(i) + b.get(i), sum.get(i));
        }
    }

    @Test
    void readsFp16() {
        HalfFloatArray fp16 = HalfFloatArray.fromElements(new HalfFloat(1.5f), new HalfFloat(-2f));
        FloatArray floats = new FloatArray(2);
        run(new TaskGraph("test").transferToDevice(DataTransferMode.EVERY_EXECUTION, fp16)
                .task("task", CorrectKernels::widen, fp16, floats)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, floats), null);
        assertEquals(1.5f, floats.get(0));
        assertEquals(-2f, floats.get(1));
    }

    @Test
    void sharesFp16AndIntsInLocalMemory() {
        HalfFloatArray fp16 = new HalfFloatArray(128);
        IntArray ints = new IntArray(128);
        for (int i = 0; i < 128; i++) {
            fp16.set(i, new HalfFloat(i / 2f));
            ints.set(i, 1000 * i);
        }
        FloatArray output = new FloatArray(128);
        run(new TaskGraph("test").transferToDevice(DataTransferMode.EVERY_EXECUTION, fp16, ints)
                .task("task", CorrectKernels::reverse, new KernelContext(), fp16, ints, output)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, output), new WorkerGrid1D(128), 64, 1, 1);
        for (int i = 0; i < 128; i++) {
            int source = i / 64 * 64 + 63 - i % 64;
            assertEquals(source / 2f + 1000 * source, output.get(i));
        }
    }

    @Test
    void multipliesMatricesByWarps() {
        HalfFloatArray a = new HalfFloatArray(16 * 16);
        HalfFloatArray b = new HalfFloatArray(16 * 8);
        for (int i = 0; i < a.getSize(); i++) {
            a.set(i, new HalfFloat(i % 7 - 3f));
        }
        for (int i = 0; i < b.getSize(); i++) {
            b.set(i, new HalfFloat(i % 5 - 2f));
        }
        FloatArray c = new FloatArray(16 * 8);
        run(new TaskGraph("test").transferToDevice(DataTransferMode.EVERY_EXECUTION, a, b)
                .task("task", CorrectKernels::warpProduct, new KernelContext(), a, b, c)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, c), new WorkerGrid1D(32), 32, 1, 1);
        for (int i = 0; i < 16; i++) {
            for (int j = 0; j < 8; j++) {
                float sum = 1;
                for (int k = 0; k < 16; k++) {
                    sum += a.get(i * 16 + k).getFloat32() * b.get(k * 8 + j).getFloat32();
                }
                assertEquals(sum, c.get(i * 8 + j));
            }
        }
    }
}
