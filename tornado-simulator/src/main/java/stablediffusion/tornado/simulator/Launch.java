package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.IntStream;

/** One run of a kernel over its grid. */
final class Launch {

    private final Kernel kernel;
    private final int number;
    private final Grid grid;
    private final DeviceArray[] devices;
    private final TornadoNativeArray[] arrays;
    private final boolean[] writes;
    private final Object[] arguments;
    private final MethodHandle code;

    /**
     * @param number tells launches that share arrays apart, from 1
     * @param worker the task's grid, or null
     * @param deviceArguments the kernel's arguments, with {@link DeviceArray}s for its arrays
     */
    Launch(Kernel kernel, int number, WorkerGrid worker, List<Object> deviceArguments) {
        this.kernel = kernel;
        this.number = number;
        this.grid = kernel.usesGrid() ? Grid.of(kernel.task(), worker) : Grid.SINGLE;
        this.code = kernel.code().checked();
        int count = deviceArguments.size();
        devices = new DeviceArray[count];
        arrays = new TornadoNativeArray[count];
        writes = new boolean[count];
        arguments = deviceArguments.toArray();
        for (int i = 0; i < count; i++) {
            if (arguments[i] instanceof DeviceArray device) {
                devices[i] = device;
                arrays[i] = device.array();
                writes[i] = kernel.code().storesTo(arrays[i].getClass());
                arguments[i] = arrays[i];
            }
        }
    }

    /** Runs all work-groups, some at a time. Of several that fail, the first in the grid's order is reported. */
    void run() {
        ConcurrentSkipListMap<Integer, RuntimeException> failures = new ConcurrentSkipListMap<>();
        IntStream.range(0, grid.groups()).parallel().forEach(group -> {
            if (failures.isEmpty() || failures.firstKey() > group) {
                try {
                    new WorkGroup(this, group).run();
                } catch (RuntimeException e) {
                    failures.put(group, e);
                }
            }
        });
        if (!failures.isEmpty()) {
            throw failures.firstEntry().getValue();
        }
    }

    /** Runs the kernel's code once, as the current work-item. */
    void call() throws Throwable {
        code.invokeExact(arguments);
    }

    String task() {
        return kernel.task();
    }

    int number() {
        return number;
    }

    Grid grid() {
        return grid;
    }

    boolean hasBarriers() {
        return kernel.code().hasBarriers();
    }

    boolean isKernelFrame(StackTraceElement frame) {
        return CheckedClassLoader.NAME.equals(frame.getClassLoaderName());
    }

    /** The parameter that an array was passed as, or -1. */
    int parameterOf(TornadoNativeArray array) {
        for (int i = 0; i < arrays.length; i++) {
            if (arrays[i] == array) {
                return i;
            }
        }
        return -1;
    }

    String parameter(int index) {
        return kernel.parameter(index);
    }

    DeviceArray array(int parameter) {
        return devices[parameter];
    }

    /** Whether the kernel writes to arrays of a parameter's type, so that its reads can conflict with writes. */
    boolean writes(int parameter) {
        return writes[parameter];
    }

    /** Names a work-item by its number in the grid. */
    String item(int item) {
        if (!kernel.usesGrid()) {
            return "an earlier iteration";
        }
        int[] local = new int[3];
        int[] group = new int[3];
        grid.place(item % grid.groupItems(), local);
        grid.groupPlace(item / grid.groupItems(), group);
        return "work-item " + Arrays.toString(local) + " of work-group " + Arrays.toString(group);
    }
}
