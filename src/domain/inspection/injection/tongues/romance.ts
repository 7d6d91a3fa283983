import type { Tongue } from "./tongue.ts";

export const SPANISH: Tongue = {
  override:
    "no_sigas no_siga no_sigan no_obedezcas no_respetes no_acates deja_seguir ignora ignore ignorar ignorad ignorando ignoren ignores olvida olvide olvidar olviden olvidate olvidese descarta descarte descartar omite omita omitir desestima desestime desestimar pasa_alto pase_alto desobedece hagas_caso",
  instruction:
    "instruccion instrucciones indicacion indicaciones orden ordenes directiva directivas directriz directrices consigna consignas prompt instruciones",
  rule: "regla reglas norma normas restriccion restricciones limitaciones dicho contexto tarea",
  prior:
    "anterior anteriores anteriora* antes previo previa previos previas precedente precedentes arriba original originales antedicho",
  all: "todo toda todos todas cualquier cualquiera",
  source: "pagina web documento funcion tabla curriculum articulo texto resto archivo resumen contenido datos",
  you: "tu tus su sus usted ustedes ti te vuestro vuestra vos",
  me: "me mi mis nos nosotros conmigo mias dime decirme darme dame decirnos dimelo proporcionarme indicame cuentame revelame muestrame escribeme",
  reveal:
    "dime diga digas digan decir decirme decirnos dices dinos revela revele revelar revelame muestra muestrame comparte comparta compartan compartir confirma confirme confirmar confirmes dame darme dar proporciona proporcione proporcionar proporcionarme indica indicar indicame imprime imprimir imprima imprimelos repite repita repetir declara declare declarar responde di devuelve facilita cuentame dirias diria",
  write:
    "escribe escriba escribir escribeme redacta redacte redactar traduce traduzca traducir codifica codifique codificar compon componer encripta",
  secret:
    "contrasena contrasenas clave claves contraseña credenciales codigo_secreto codigo_acceso frase_contrasena palabra_clave clave_secreta",
  what: "cual cuales donde quien",
  not: "no nunca jamas sin",
  must: "debes debe deben debera tienes tiene puedes puede podrias podria podrian pueden podriais favor necesito quiero",
  user: "usuario usuarios usuaria usuarias",
  intimate:
    "nacimiento cumpleanos vive residencia domicilio saldo iniciales seguridad_social seguro_social color_favorito dni curp tarjeta_credito",
  contact: "direccion correo telefono email nombre electronico",
  frame:
    "imagina imagine imaginemos imaginate imaginen supongamos supon suponga suponiendo supuesto hipotetico hipotetica hipoteticamente hipoteticos escenario universo_paralelo mundo_paralelo distopico distopica digamos asumamos mundo_donde ficticio",
  says: "decir afirmar declarar concluir sostener admitir digamos puede_ser podria_ser",
  disguise:
    "poema haiku acrostico base64 inverso reves hexadecimal morse leetspeak binario latin cerdo letra letras cancion orden_inverso",
  form: "introduzca introduce introducir ingrese ingresa ingresar nueva nuevo cambiar cambie olvido olvidado olvidaste restablecer restablezca guardar recordar incorrecta valida invalida vuelva teclee escoja elija establecer usar proteger cambio segura fuerte caducado introduciendo ingresando",
  authority: "desarrollador dios creador jefe presidente dueno policia director contador abogado",
  mode: "modo",
  enter: "entrando entrar activa activar activado activando iniciando ingresando",
  obey: "obedece obedecer sigue seguir responder contestar escuchar acatar",
  free: "liberado liberada libre limites confines restricciones reglas filtro filtros acatar",
  agent: "ia asistente inteligencia modelo",
  result: "resultado suma conclusion salida respuesta capital",
  parts: "partes combina combine entrelaza junta concatena",
  send: "envia envie enviar envialos envialo enviala envialas enviarlos enviarlo reenvia reenvie manda mande transfiere transfiera sube",
  data: "datos empleados clientes historial credenciales contrasenas",
  tell: "digas diga informes informe menciones mencione avises avise cuentes cuente reveles",
  harm: "phishing suplantacion",
  passing: "olvid* ignoramos ignoremos ignoraramos ignoraremos ignorando ignorar ignorasemos",
};

export const PORTUGUESE: Tongue = {
  override:
    "nao_siga nao_sigas nao_sigam nao_obedeca nao_respeite ignora ignore ignorar ignorem ignorando esqueca esquecer esquece esquecam desconsidere desconsiderar desconsidera despreze descarte descartar desrespeite",
  instruction:
    "instrucao instrucoes orientacoes ordem ordens diretiva diretivas diretriz diretrizes comando comandos prompt",
  rule: "dito regra regras restricao restricoes limitacoes contexto tarefa disse",
  prior:
    "anterior anteriores antes previa previas previo previos precedente precedentes acima original originais atras",
  all: "todo toda todos todas tudo qualquer quaisquer",
  source: "pagina documento funcao tabela curriculo artigo texto resto arquivo site conteudo dados",
  you: "voce voces seu sua seus suas teu tua teus tuas ti te vosso vossa",
  me: "me mim minha meu nos comigo minhas meus dizer_me diga_me",
  reveal:
    "diga dizer diz digam dize revele revelar revela mostre mostrar compartilhe compartilhar compartilhem partilhar partilhe partilha confirme confirmar confirma forneca fornecer dar passe_me indique indicar imprima imprimir repita repetir declare declarar responda conte contar da_me de_me dizer_me diria dirias",
  write:
    "escreva escrever escreve redija redigir traduza traduzir traduz codifique codificar codifica componha criptografe",
  secret: "senha senhas palavra_passe credenciais codigo_secreto chave_secreta frase_secreta codigo_acesso frase_senha",
  what: "qual quais onde quem",
  not: "nao nunca jamais sem",
  must: "deve devem deves precisa precisam poderia poderiam pode podes podem podia favor preciso quero",
  user: "usuario usuarios utilizador utilizadores usuaria utilizadora",
  intimate:
    "nascimento aniversario nascida mora vive reside residencia saldo iniciais seguranca_social cor_favorita cor_preferida cpf cartao_credito",
  contact: "endereco morada email telefone mail nome",
  frame:
    "imagine imagina imaginem imaginemos suponha suponhamos supondo hipotetico hipotetica hipoteticamente cenario universo_paralelo mundo_paralelo distopico distopica digamos mundo_onde ficticio vamos_supor vamos_imaginar",
  says: "dizer afirmar declarar concluir admitir podemos_dizer supor pode_ser poderia_ser",
  disguise:
    "poema haiku acrostico haicai base64 inversa contrario hexadecimal morse leetspeak binario latim porco letra letras reversa ordem_inversa",
  form: "digite insira introduza nova novo alterar altere mudar esqueceu esquecida redefinir salvar guardar lembrar incorreta invalida escolha definir usar proteger forte segura confirmada informe digitar digitando informar informando",
  authority: "desenvolvedor programador deus criador chefe presidente dono policia diretor patrao",
  mode: "modo",
  enter: "entrando entrar ativar ativado ativando ative iniciando",
  obey: "obedeca obedecer siga seguir responder responda ouvir",
  free: "libertado liberado livre limites restricoes regras filtro filtros",
  agent: "ia assistente modelo",
  result: "resultado soma conclusao saida resposta capital",
  parts: "partes combine combina junte intercale concatene",
  send: "envie envia enviar encaminhe mande manda transfira enviando envie_os",
  data: "dados funcionarios clientes historico credenciais senhas",
  tell: "diga informe mencione conte avise digas contes",
  harm: "phishing",
  passing: "esquec* ignoramos ignoremos ignorassemos ignorarmos ignorando ignorar",
};

export const FRENCH: Tongue = {
  override:
    "ne_tiens ne_tenez ne_suis ne_suivez ne_respecte ne_respectez ne_obeis nobeis ignorez ignorer ignore ignorons oubliez oublie oublier negligez neglige negliger meprisez omets omettez faites_abstraction outrepasse outrepassez contourne contournez",
  instruction:
    "instruction instructions consigne consignes directive directives ordre ordres indications prompt invite_systeme",
  rule: "regle regles restriction contraintes contexte tache dit",
  prior:
    "precedent precedente precedents precedentes anterieur anterieure anterieurs anterieures dessus avant prealable prealables auparavant initiales initial",
  all: "tout toute toutes tous",
  source: "page document fonction tableau cv article texte reste fichier resume contenu donnees curriculum",
  you: "tu ta ton tes te toi votre vos vous",
  me: "moi nous me mon mes ma je donne_moi",
  reveal:
    "affiche affichez dis dites dire donne donnez donner donne_moi partage partagez partager partagiez confirme confirmez confirmer revele revelez reveler montre montrez fournis fournissez fournir indique indiquez indiquer imprime imprimez imprimer repete repetez repeter affirme affirmez declarez declare divulgue divulguez divulguer transmets communique communiquez reponds repondez renseigner dirais diriez",
  write:
    "ecris ecrivez ecrire redige redigez rediger traduis traduisez traduire encode encodez encoder code codez coder chiffre chiffrez compose composez",
  secret: "mot_passe motdepasse mdp passe identifiants code_secret cle_secrete phrase_passe",
  what: "quel quelle quels quelles ou quoi combien",
  not: "ne pas jamais aucun aucune sans",
  must: "devez dois doit pouvez peux pourriez pourrais peut prie plait svp veuillez faut besoin",
  user: "utilisateur utilisateurs utilisatrice usager lutilisateur dutilisateur",
  intimate:
    "naissance anniversaire habite vit residence domicile solde initiales securite_sociale couleur_preferee carte_credit",
  contact: "adresse mail courriel telephone email electronique",
  frame:
    "imagine imaginez imaginons imaginer suppose supposons supposez supposer hypothetique hypothetiques hypothetiquement scenario univers_parallele monde_parallele dystopique monde_ou fictif admettons mettons",
  says: "dire affirmer declarer conclure pretendre admettre stipuler peut_etre pourrait_etre",
  disguise:
    "poeme haiku acrostiche base64 inverse envers hexadecimal morse leetspeak binaire latin cochon lettre lettres ordre_inverse chanson",
  form: "saisissez saisir entrez entrer nouveau nouvelle changer modifier oublie perdu reinitialiser enregistrer memoriser incorrect invalide choisissez choisir definir utiliser proteger expire tapez taper requis fort",
  authority: "developpeur dieu createur patron president proprietaire directeur policier superviseur",
  mode: "mode",
  enter: "entre entrer active activer activation passe_en bascule",
  obey: "obeis obeir suis suivre repondre ecouter obeissez respecter",
  free: "libere liberee libres limites restrictions regles filtre filtres",
  agent: "ia assistant modele",
  result: "resultat somme conclusion sortie reponse capitale",
  parts: "parties combine combinez combiner entrelacez concatene",
  send: "envoie envoyez envoyer transferez transfere transmettez expedie",
  data: "donnees employes clients historique identifiants",
  tell: "dis dites informe informez mentionne mentionnez previens prevenez",
  harm: "hameconnage phishing",
  passing: "oubli* ignorons ignorions ignorerions ignorer ignorant",
};

export const ITALIAN: Tongue = {
  override:
    "non_seguire non_seguite non_rispettare non_obbedire ignora ignorare ignorate ignori ignorando dimentica dimenticare dimenticate dimentichi dimenticati dimenticatevi trascura trascurare tralascia tralasciare scarta scartare disattendi",
  instruction: "istruzione istruzioni direttiva direttive ordine ordini indicazioni comandi prompt",
  rule: "regola regole restrizione restrizioni limitazioni detto contesto compito",
  prior: "precedente precedenti sopra prima anteriore anteriori antecedenti originali iniziali",
  all: "tutto tutta tutte tutti qualsiasi",
  source: "pagina documento funzione tabella curriculum articolo testo resto sito contenuto dati sito_web",
  you: "tu tuo tua tuoi tue ti te lei suo sua suoi vostro vostra voi vi",
  me: "mi me mio mia ci noi mie miei dimmi dirmi darmi dammi dirci fornirmi",
  reveal:
    "dimmi dirmi dire dici dica dite rivela rivelare rivelami mostra mostrami condividi condividere condivida condividete conferma confermare confermi fornisci fornire fornirmi dare darmi dammi indica indicare stampa stampare ripeti ripetere dichiara dichiarare rispondi svela comunica diresti direbbe",
  write: "scrivi scrivere scriva scrivimi traduci tradurre codifica codificare componi comporre redigi cifra",
  secret:
    "password parola_ordine parola_chiave credenziali codice_segreto chiave_segreta passphrase frase_segreta codice_accesso parola_accesso",
  what: "qual quale quali dove chi quanto cosa",
  not: "non mai nessun nessuna senza",
  must: "devi deve dovete puoi potresti potrebbe puo potreste favore prego bisogno voglio sai",
  user: "utente utenti dellutente lutente allutente",
  intimate:
    "nascita compleanno vive abita residenza domicilio saldo iniziali previdenza_sociale sicurezza_sociale codice_fiscale colore_preferito carta_credito",
  contact: "indirizzo mail posta telefono email nome",
  frame:
    "immagina immagini immaginiamo immaginate immaginare supponi supponiamo supponga supponendo ipotetico ipotetica ipotizziamo ipoteticamente scenario universo_parallelo mondo_parallelo distopico distopica mondo_cui mondo_dove diciamo fittizio",
  says: "dire affermare dichiarare concludere sostenere ammettere diremmo potrebbe_essere",
  disguise:
    "poesia haiku acrostico base64 inverso contrario esadecimale morse leetspeak binario latino maialino maiale lettera lettere ordine_inverso canzone",
  form: "inserisci inserire inserisca immettere immetti nuova nuovo cambiare cambia modificare dimenticata reimpostare reimposta salvare ricordare errata valida scegli scegliere impostare usare proteggere scaduta digitare digita sicura robusta richiesta",
  authority: "sviluppatore dio creatore capo presidente proprietario direttore poliziotto supervisore contabile",
  mode: "modalita",
  enter: "entrando entrare attiva attivare attivata attivando avviando",
  obey: "obbedisci obbedire segui seguire rispondere ascoltare",
  free: "liberato libero liberi limiti restrizioni regole filtro filtri confini",
  agent: "ia assistente modello intelligenza",
  result: "risultato somma conclusione output risposta capitale",
  parts: "parti combina combinare unisci intreccia concatena",
  send: "invia invii inviare inviali inoltra inoltrare manda spedisci trasferisci",
  data: "dati dipendenti clienti cronologia credenziali",
  tell: "dire informare menzionare avvisare rivelare",
  harm: "phishing",
  passing: "dimentic* ignoriamo ignorassimo ignorando ignorare",
};
