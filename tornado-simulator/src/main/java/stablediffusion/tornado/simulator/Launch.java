package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.IntStream;

/** Runs a kernel once over its grid. */
final class Launch {

    private final Kernel kernel;
    private final int number;
    private final Grid grid;
    private final Parameter[] parameters;
    private final Object[] arguments;
    private final MethodHandle code;

    /**
     * Describes an array as a parameter of the kernel.
     *
     * @param transferred true if all elements were copied from the host
     * @param written true if the kernel writes to arrays of this type, so that reads can conflict with writes
     * @param accesses null where neither unwritten elements nor conflicts are possible
     */
    record Parameter(String name, TornadoNativeArray array, boolean transferred, boolean written, AccessRecord accesses) {}

    /**
     * @param number number of the launch in its plan, from 1; tells launches that share arrays apart
     * @param worker the task's grid; null if it has none
     * @param deviceArguments the kernel's arguments, with {@link DeviceArray}s for its arrays
     */
    Launch(Kernel kernel, int number, WorkerGrid worker, List<Object> deviceArguments) {
        this.kernel = kernel;
        this.number = number;
        this.grid = kernel.usesGrid() ? Grid.of(kernel.task(), worker) : Grid.SINGLE;
        this.code = kernel.code().checked();
        List<Parameter> found = new ArrayList<>();
        arguments = deviceArguments.toArray();
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] instanceof DeviceArray device) {
                TornadoNativeArray array = device.array();
                boolean written = kernel.code().storesTo(array.getClass());
                AccessRecord accesses = written || !device.transferred() ? device.accesses() : null;
                found.add(new Parameter(kernel.parameter(i), array, device.transferred(), written, accesses));
                arguments[i] = array;
            }
        }
        parameters = found.toArray(Parameter[]::new);
    }

    /** Runs all work-groups, several at a time. If several fail, the first in the grid's order is reported. */
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

    boolean hasGrid() {
        return kernel.usesGrid();
    }

    boolean hasBarriers() {
        return kernel.code().hasBarriers();
    }

    boolean usesWarps() {
        return kernel.code().usesWarps();
    }

    boolean isKernelFrame(StackTraceElement frame) {
        return CheckedClassLoader.NAME.equals(frame.getClassLoaderName());
    }

    /** Returns the parameter for which an array was passed; null if there is none. */
    Parameter parameter(TornadoNativeArray array) {
        for (Parameter parameter : parameters) {
            if (parameter.array() == array) {
                return parameter;
            }
        }
        return null;
    }

    /** Describes a work-item by its number in the grid. */
    String item(int item) {
        if (!kernel.usesGrid()) {
            return "an earlier iteration";
        }
        int[] local = new int[3];
        int[] group = new int[3];
        grid.position(item % grid.groupItems(), local);
        grid.groupPosition(item / grid.groupItems(), group);
        return "work-item " + Arrays.toString(local) + " of work-group " + Arrays.toString(group);
    }
}
