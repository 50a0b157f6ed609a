package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.HalfFloat;

import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeAnnotation;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.attribute.RuntimeVisibleTypeAnnotationsAttribute;
import java.lang.classfile.attribute.SourceFileAttribute;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Loads copies of classes whose static methods access arrays, barriers and the grid through {@link Checked}.
 *
 * <p>The main rule: an instruction is replaced by a call of the method of Checked that has its name, and its operands and a {@link WorkItem}
 * as parameters. The work-item is fetched once, at the beginning of the kernel's method. Array instructions have the names {@code load} and
 * {@code store}.
 */
final class CheckedClassLoader extends ClassLoader {

    /** Name of the class loader, by which the frames of kernels are recognized in stack traces. */
    static final String NAME = "checked";

    private static final ClassDesc CHECKED = Checked.class.describeConstable().orElseThrow();
    private static final ClassDesc WORK_ITEM = WorkItem.class.describeConstable().orElseThrow();
    private static final ClassDesc HALF = HalfFloat.class.describeConstable().orElseThrow();
    private static final String PARALLEL = Parallel.class.descriptorString();
    private static final Set<String> CHECKS = Arrays.stream(Checked.class.getDeclaredMethods())
            .filter(method -> Modifier.isPublic(method.getModifiers())).map(CheckedClassLoader::signature).collect(Collectors.toSet());

    private final Predicate<String> isKernelCode;

    /** @param isKernelCode chooses the methods to be checked by their {@link KernelCode#key} */
    CheckedClassLoader(ClassLoader parent, Predicate<String> isKernelCode) {
        super(NAME, parent);
        this.isKernelCode = isKernelCode;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            if (name.startsWith("java.") || name.startsWith("jdk.") || name.startsWith(KernelCode.API.replace('/', '.'))
                    || name.equals(Checked.class.getName()) || name.equals(WorkItem.class.getName())) {
                return super.loadClass(name, resolve);
            }
            try {
                byte[] checked = transform(KernelCode.bytes(getParent(), name.replace('.', '/')));
                return defineClass(name, checked, 0, checked.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    private byte[] transform(byte[] original) {
        ClassFile classFile = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.defaultResolver().orElse(ClassHierarchyResolver.ofResourceParsing(getParent()))));
        var model = classFile.parse(original);
        String source = model.findAttribute(Attributes.sourceFile()).map(SourceFileAttribute::sourceFile)
                .map(Object::toString).orElse(model.thisClass().asInternalName());
        return classFile.transformClass(model, ClassTransform.transformingMethods(
                method -> isKernelCode.test(KernelCode.key(model.thisClass().asInternalName(), method.methodName().stringValue(),
                        method.methodType().stringValue())),
                (builder, element) -> {
                    if (element instanceof CodeModel code) {
                        builder.transformCode(code, new Checks(code, source));
                    } else {
                        builder.with(element);
                    }
                }));
    }

    private static String signature(Method method) {
        return method.getName() + MethodType.methodType(method.getReturnType(), method.getParameterTypes())
                .descriptorString();
    }

    /** Rewrites one method. */
    private static final class Checks implements CodeTransform {

        private final int item;
        private final String source;
        private final Map<Label, LocalVariable> loopStarts = new HashMap<>();
        private final Map<Label, Integer> loopEnds = new HashMap<>();
        private int line;
        private int depth;

        Checks(CodeModel code, String source) {
            this.item = ((CodeAttribute) code).maxLocals();
            this.source = source;
            List<LocalVariable> variables =
                    code.elementStream().filter(LocalVariable.class::isInstance).map(LocalVariable.class::cast).toList();
            for (CodeElement element : code) {
                if (element instanceof RuntimeVisibleTypeAnnotationsAttribute annotations) {
                    annotations.annotations().forEach(annotation -> findLoop(annotation, variables));
                }
            }
        }

        private void findLoop(TypeAnnotation annotation, List<LocalVariable> variables) {
            if (annotation.annotation().className().equalsString(PARALLEL)
                    && annotation.targetInfo() instanceof TypeAnnotation.LocalVarTarget target) {
                for (TypeAnnotation.LocalVarTargetInfo range : target.table()) {
                    variables.stream().filter(v -> v.slot() == range.index() && v.startScope().equals(range.startLabel()))
                            .forEach(v -> {
                                loopStarts.put(v.startScope(), v);
                                loopEnds.merge(v.endScope(), 1, Integer::sum);
                            });
                }
            }
        }

        @Override
        public void atStart(CodeBuilder builder) {
            builder.invokestatic(WORK_ITEM, "current", MethodTypeDesc.of(WORK_ITEM)).astore(item);
        }

        @Override
        public void accept(CodeBuilder builder, CodeElement element) {
            switch (element) {
                case LineNumber number -> {
                    line = number.line();
                    builder.with(element);
                }
                case LabelTarget label -> {
                    builder.with(element);
                    depth -= loopEnds.getOrDefault(label.label(), 0);
                    LocalVariable variable = loopStarts.get(label.label());
                    if (variable != null) {
                        builder.iload(variable.slot()).loadConstant(depth++).loadConstant(variable.name().stringValue());
                        check(builder, "parallel", "(IILjava/lang/String;", "V");
                    }
                }
                case InvokeInstruction call when call.opcode() == Opcode.INVOKEVIRTUAL
                        && call.owner().asInternalName().startsWith(KernelCode.API) -> {
                    String type = call.type().stringValue();
                    int close = type.indexOf(')');
                    String parameters = "(L" + call.owner().asInternalName() + ";" + type.substring(1, close);
                    if (call.name().stringValue().endsWith("Barrier") || call.name().stringValue().startsWith("mma")) {
                        builder.loadConstant(source + ":" + line);
                        parameters += "Ljava/lang/String;";
                    }
                    if (!check(builder, call.name().stringValue(), parameters, type.substring(close + 1))) {
                        builder.with(element);
                    }
                }
                case FieldInstruction field when field.opcode() == Opcode.GETFIELD -> {
                    if (!check(builder, field.name().stringValue(), "(L" + field.owner().asInternalName() + ";",
                            field.type().stringValue())) {
                        builder.with(element);
                    }
                }
                case ArrayLoadInstruction load -> {
                    String type = elementType(load.opcode());
                    if (!check(builder, "load", "([" + type + "I", type)) {
                        builder.with(element);
                    } else if (load.opcode() == Opcode.AALOAD) {
                        builder.checkcast(HALF);
                    }
                }
                case ArrayStoreInstruction store -> {
                    if (!check(builder, "store", "([" + elementType(store.opcode()) + "I" + elementType(store.opcode()), "V")) {
                        builder.with(element);
                    }
                }
                case NewPrimitiveArrayInstruction array -> {
                    builder.with(element);
                    String type = "[" + array.typeKind().upperBound().descriptorString();
                    builder.dup();
                    if (!check(builder, "fresh", "(" + type, "V")) {
                        builder.pop();
                    }
                }
                default -> builder.with(element);
            }
        }

        /** Emits a call of a method of Checked instead, if there is one; returns false if not. */
        private boolean check(CodeBuilder builder, String name, String parameters, String result) {
            String type = parameters + WORK_ITEM.descriptorString() + ")" + result;
            if (!CHECKS.contains(name + type)) {
                return false;
            }
            builder.aload(item).invokestatic(CHECKED, name, MethodTypeDesc.ofDescriptor(type));
            return true;
        }

        private static String elementType(Opcode opcode) {
            return switch (opcode) {
                case FALOAD, FASTORE -> "F";
                case IALOAD, IASTORE -> "I";
                case SALOAD, SASTORE -> "S";
                case AALOAD, AASTORE -> "Ljava/lang/Object;";
                default -> "?";
            };
        }
    }
}
