package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Describes the kernel of a task: the static method to which its method reference refers.
 *
 * @param task the task's full name, graph.task
 * @param method the method in its original class
 * @param arguments the task's arguments, with the host's arrays
 * @param code the analysed method, with its checked copy
 */
record Kernel(String task, Method method, Object[] arguments, KernelCode code) {

    /** Methods found so far, by the class of the method reference: each reference in the source has a class of its own. */
    private static final Map<Class<?>, Method> FOUND = Collections.synchronizedMap(new WeakHashMap<>());

    static Kernel of(GraphRecording.Task task) {
        Method method = FOUND.computeIfAbsent(task.code().getClass(), _ -> findMethod(task));
        try {
            return new Kernel(task.name(), method, task.arguments(), KernelCode.of(method));
        } catch (KernelError e) {
            throw new KernelError("task " + task.name() + ": " + e.getMessage(), e);
        }
    }

    /** Returns true if work-items come from a grid; otherwise they are the iterations of {@code @Parallel} loops. */
    boolean usesGrid() {
        return Arrays.stream(arguments).anyMatch(KernelContext.class::isInstance);
    }

    /** Returns true if another task has the same kernel and the same numbers, which are constants of the code. */
    boolean sharesCode(Kernel other) {
        return signature().equals(other.signature());
    }

    /** Returns the kernel's method and the numbers that are constants of its code. */
    String signature() {
        return method.getName() + Arrays.stream(arguments).filter(Number.class::isInstance).toList();
    }

    String parameter(int index) {
        return method.getParameters()[index].getName();
    }

    /**
     * Finds the method of a method reference. The reference itself does not tell, so it is called without arrays: the kernel fails at its first
     * access to one, and the stack trace names the method.
     */
    private static Method findMethod(GraphRecording.Task task) {
        Object[] arguments = Arrays.stream(task.arguments()).map(argument -> switch (argument) {
            case TornadoNativeArray _ -> null;
            case KernelContext _ -> new FailingContext();
            default -> argument;
        }).toArray();
        StackTraceElement[] trace = {};
        try {
            Method apply = Arrays.stream(task.code().getClass().getInterfaces()[0].getMethods())
                    .filter(method -> method.getName().equals("apply")).findAny().orElseThrow();
            apply.invoke(task.code(), arguments);
        } catch (InvocationTargetException e) {
            trace = e.getCause().getStackTrace();
        } catch (IllegalAccessException e) {
            throw new AssertionError("the interface is public", e);
        }
        for (int i = 1; i < trace.length; i++) {
            if (trace[i].getClassName().startsWith("jdk.internal.reflect.") || trace[i].getClassName().startsWith("java.lang.")) {
                if (trace[i - 1].getClassName().startsWith("java.lang.")) {
                    continue;
                }
                return method(task, trace[i - 1].getClassName(), trace[i - 1].getMethodName());
            }
        }
        throw new KernelError("task " + task.name() + ": its code touches none of its arrays");
    }

    private static Method method(GraphRecording.Task task, String className, String methodName) {
        try {
            Class<?> owner = Class.forName(className, false, task.code().getClass().getClassLoader());
            List<Method> candidates = Arrays.stream(owner.getDeclaredMethods())
                    .filter(method -> method.getName().equals(methodName) && accepts(method, task.arguments())).toList();
            if (candidates.size() != 1) {
                throw new KernelError("task " + task.name() + ": " + candidates.size() + " static methods " + className + "." + methodName
                        + " take its arguments; a kernel must be one, and captures nothing");
            }
            return candidates.getFirst();
        } catch (ClassNotFoundException e) {
            throw new KernelError("task " + task.name() + ": cannot load " + className, e);
        }
    }

    private static boolean accepts(Method method, Object[] arguments) {
        Class<?>[] types = method.getParameterTypes();
        if (!Modifier.isStatic(method.getModifiers()) || types.length != arguments.length) {
            return false;
        }
        for (int i = 0; i < types.length; i++) {
            if (!MethodType.methodType(types[i]).wrap().returnType().isInstance(arguments[i])) {
                return false;
            }
        }
        return true;
    }

    private static final class FailingContext extends KernelContext {

        @Override
        public void localBarrier() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void globalBarrier() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int[] allocateIntLocalArray(int size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public float[] allocateFloatLocalArray(int size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public HalfFloat[] allocateHalfFloatLocalArray(int size) {
            throw new UnsupportedOperationException();
        }
    }
}
