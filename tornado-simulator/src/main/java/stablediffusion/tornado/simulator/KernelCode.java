package stablediffusion.tornado.simulator;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Analyses the instructions of a kernel and of the methods that it calls: finds what it uses, and refuses what TornadoVM's compilers do not
 * accept.
 */
final class KernelCode {

    static final String API = "uk/ac/manchester/tornado/api/";

    /** Names that a method cannot have: keywords and functions of OpenCL, with which the generated code would clash. */
    private static final Set<String> METHOD_NAMES = Set.of("kernel", "global", "local", "constant", "private", "half", "uniform", "pipe",
            "auto", "complex", "channel", "barrier", "printf", "dot", "cross", "distance", "normalize", "length", "mix", "step", "sign",
            "select");
    /** Names that a parameter cannot have: keywords of OpenCL C and CUDA C++ that are not keywords of Java. */
    private static final Set<String> PARAMETER_NAMES = Set.of("constant", "half", "kernel", "global", "local", "unsigned", "signed",
            "sizeof", "struct", "union", "typedef",
            "extern", "register", "inline", "restrict", "bool", "uint", "uchar", "ushort", "ulong", "template", "typename", "operator",
            "namespace", "using", "delete", "virtual", "friend", "mutable", "explicit", "asm");

    private static final ClassValue<Map<Method, KernelCode>> KNOWN = new ClassValue<>() {
        @Override
        protected Map<Method, KernelCode> computeValue(Class<?> type) {
            return new ConcurrentHashMap<>();
        }
    };

    private final ClassLoader loader;
    private final Map<String, ClassModel> classes = new HashMap<>();
    private final Set<String> stores = new HashSet<>();
    private final Set<String> done = new HashSet<>();
    private final Deque<String> path = new ArrayDeque<>();
    private final MethodHandle checked;
    private boolean barriers;
    private boolean warps;

    private KernelCode(Method method) {
        Class<?> owner = method.getDeclaringClass();
        loader = owner.getClassLoader();
        checkSignature(method);
        MethodType type = MethodType.methodType(method.getReturnType(), method.getParameterTypes());
        scan(owner.getName().replace('.', '/'), method.getName(), type.descriptorString());
        try {
            Method copy = new CheckedClassLoader(loader, done::contains).loadClass(owner.getName())
                    .getDeclaredMethod(method.getName(), method.getParameterTypes());
            copy.setAccessible(true);
            checked = MethodHandles.lookup().unreflect(copy).asSpreader(Object[].class, copy.getParameterCount());
        } catch (ReflectiveOperationException e) {
            throw new KernelError("cannot load a checked copy of " + owner.getName(), e);
        }
    }

    /** Returns the code of a kernel; the same object for the same method, so that it is analysed and compiled once. */
    static KernelCode of(Method method) {
        return KNOWN.get(method.getDeclaringClass()).computeIfAbsent(method, KernelCode::new);
    }

    /** Returns a handle that runs the checked copy; it takes the arguments in one {@code Object[]}. */
    MethodHandle checked() {
        return checked;
    }

    /** Returns the key of a method in {@link #done}. */
    static String key(String owner, String name, String type) {
        return owner + "." + name + type;
    }

    /** Returns the class file of a class from its class loader. */
    static byte[] bytes(ClassLoader loader, String internalName) throws IOException {
        try (InputStream in = loader.getResourceAsStream(internalName + ".class")) {
            if (in == null) {
                throw new IOException("no class file of " + internalName.replace('/', '.'));
            }
            return in.readAllBytes();
        }
    }

    boolean hasBarriers() {
        return barriers;
    }

    /** Returns true if the kernel multiplies matrices by warps. */
    boolean usesWarps() {
        return warps;
    }

    /** Returns true if the kernel writes to an array of this type, such as FloatArray. */
    boolean storesTo(Class<?> arrayType) {
        return stores.contains(arrayType.getName().replace('.', '/'));
    }

    private void scan(String owner, String name, String type) {
        String id = owner.substring(owner.lastIndexOf('/') + 1) + "." + name;
        String key = key(owner, name, type);
        if (path.contains(key)) {
            throw new KernelError(id + " calls itself, and kernels cannot");
        }
        if (!done.add(key)) {
            return;
        }
        if (METHOD_NAMES.contains(name)) {
            refuse(id, "has a name that OpenCL has taken");
        }
        path.push(key);
        ClassModel model = classes.computeIfAbsent(owner, this::parse);
        MethodModel method = model.methods().stream()
                .filter(m -> m.methodName().equalsString(name) && m.methodType().equalsString(type)).findAny()
                .orElseThrow(() -> new KernelError("no method " + id));
        int line = 0;
        for (CodeElement element : method.code().orElseThrow()) {
            if (element instanceof LineNumber number) {
                line = number.line();
            }
            look(element, id + " (line " + line + ")");
        }
        path.pop();
    }

    private static void checkSignature(Method method) {
        String id = method.getDeclaringClass().getSimpleName() + "." + method.getName();
        if (method.getReturnType() != void.class) {
            refuse(id, "returns a value: a kernel is void");
        }
        for (Parameter parameter : method.getParameters()) {
            if (parameter.getType() == boolean.class) {
                refuse(id, "has the boolean parameter " + parameter.getName() + ": use an int");
            }
            if (PARAMETER_NAMES.contains(parameter.getName())) {
                refuse(id, "has a parameter named " + parameter.getName() + ", a word of OpenCL C or CUDA C++");
            }
        }
    }

    private void look(CodeElement element, String location) {
        switch (element) {
            case InvokeInstruction call -> call(call, location);
            case NewObjectInstruction allocation when !allocation.className().asInternalName().startsWith(API) ->
                    refuse(location, "makes an object");
            case ThrowInstruction _ -> refuse(location, "throws");
            case FieldInstruction field when field.opcode() == Opcode.GETSTATIC && field.typeSymbol().isArray() ->
                    refuse(location, "reads the static array " + field.name() + ": pass it as an argument");
            case FieldInstruction field when field.opcode() == Opcode.PUTSTATIC ->
                    refuse(location, "writes the static field " + field.name());
            case ConstantInstruction constant when constant.constantValue() instanceof Float value && value.isInfinite() ->
                    refuse(location, "uses an infinity, which fast device arithmetic does not honour: use -1e30f as a mask");
            default -> {
            }
        }
    }

    private void call(InvokeInstruction call, String location) {
        String owner = call.owner().asInternalName();
        String name = call.name().stringValue();
        if (owner.startsWith(API)) {
            barriers |= name.endsWith("Barrier");
            warps |= name.startsWith("mma");
            if (name.equals("set")) {
                stores.add(owner);
            } else if (name.equals("mmaStore")) {
                stores.add(API + "types/arrays/FloatArray");
            }
        } else if (owner.startsWith("java/")) {
            switch (owner.substring(owner.lastIndexOf('/') + 1) + "." + name) {
                case "Math.fma", "Float.float16ToFloat", "Float.intBitsToFloat", "Float.floatToFloat16" ->
                        refuse(location, "calls " + name + ", which TornadoVM does not compile");
                default -> {
                }
            }
        } else {
            scan(owner, name, call.type().stringValue());
        }
    }

    private static void refuse(String location, String what) {
        throw new KernelError(location + " " + what);
    }

    private ClassModel parse(String owner) {
        try {
            return ClassFile.of().parse(bytes(loader, owner));
        } catch (IOException e) {
            throw new KernelError(e.getMessage(), e);
        }
    }
}
